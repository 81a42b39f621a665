"""Columns in which a stored record keeps its values, whatever a row says: `protect`."""

from collections.abc import Iterable

from psycopg import sql

from wiseparts_pipeline.importing.loading.statements import REPEATED, Statements


def protect_stored_values(rows: Statements) -> None:
    """Gives rows the stored values in the columns that they may not change.

    These are the columns that are protected at all, and those that are once another importer has brought the record.
    """
    _keep(rows, rows.rules.protect, sql.SQL("not ({})").format(_has_grown(rows)))
    for importer, columns in rows.rules.protect_from.items():
        known = rows.format(
            """
            stored._deleted_at is null and exists (
                select from ops.record_parts as part
                where part.entity = {entity} and part.importer = {importer} and part.key = {key}
            )
            """,
            entity=sql.Literal(rows.entity.name),
            importer=sql.Literal(importer),
            key=rows.key_text("stored"),
        )
        _keep(rows, columns, known)


def _has_grown(rows: Statements) -> sql.Composable:
    """The condition that the record is from the same file when it was shorter, and `duplicates` says what counts now.

    Otherwise the first row to be uploaded would decide, and not the first or last of the file.
    """
    if not rows.has_repeated:
        return sql.SQL("false")
    return rows.format(
        """
        staged.{repeated} and exists (
            select from ops.import_files as file
            where file.file_id = stored._file_id and file.importer = {importer} and file.name = {name}
        )
        """,
        repeated=sql.Identifier(REPEATED),
        importer=sql.Literal(rows.rules.importer),
        name=sql.Literal(rows.rules.file_name),
    )


def _keep(rows: Statements, columns: Iterable[str], condition: sql.Composable) -> None:
    names = [name for name in rows.columns if name in columns]
    if names:
        rows.execute(
            "update {table} as staged set {assignments} from {target} as stored where {same} and {condition}",
            assignments=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("stored", name)) for name in names
            ),
            same=rows.same_record(),
            condition=condition,
        )
