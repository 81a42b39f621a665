"""Who was forgotten, for imports: whose rows of an entity are emptied, and which records are theirs since."""

from collections import Counter
from collections.abc import Iterator

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.importing.faults import Fault, WarningCode
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.validation.forgotten import Forgotten
from wiseparts_pipeline.warehouse import Connection


def whose(connection: Connection, entity: Entity) -> Forgotten | None:
    """Whose rows of the entity are emptied; None for nobody's."""
    person = entity.person
    if person is None:
        return None
    found = connection.execute(
        "select entity, key, system_id::text, person_entity, person_key from ops.forgotten where entity = any(%s)",
        [list({entity.name, person.entity})],
    ).fetchall()
    if not found:
        return None
    persons = [key for of, key, _, person_entity, _ in found if of == person_entity == person.entity]
    # The entity's own records: of a person who is of another entity, such as a contact, they have no other key.
    own = [
        (key, system_id, person_key if person_entity == person.entity else None)
        for of, key, system_id, person_entity, person_key in found
        if of == entity.name
    ]
    return Forgotten(
        entity,
        frozenset(persons),
        {key: person_key for key, _, person_key in own},
        {system_id: person_key for _, system_id, person_key in own if system_id},
    )


def hidden(rows: Rows, faults: Iterator[Fault]) -> Iterator[Fault]:
    """The faults of a file's rows, without what those of forgotten persons contain."""
    return rows.rules.forgotten.hidden(faults) if rows.rules.forgotten else faults


def note_records(rows: Rows) -> Counter[str]:
    """Records which of the loaded records are forgotten persons', for when they come without the person's key.

    Returns the warning about the file's rows that were emptied.
    """
    person, forgotten = rows.entity.person, rows.rules.forgotten
    if person is None or forgotten is None or not forgotten.emptied:
        return Counter()
    warning = Counter({str(WarningCode.FORGOTTEN): len(forgotten.emptied)})
    if not rows.entity.personal_columns:
        return warning
    master = rows.entity.master
    conditions = [
        sql.SQL("stored.{} = any({})").format(sql.Identifier(person.column), sql.Literal(list(forgotten.persons)))
    ]
    if master:
        conditions.append(
            sql.SQL("stored.{}::text = any({})").format(
                sql.Identifier(SYSTEM_ID.name), sql.Literal(list(forgotten.system_ids))
            )
        )
    rows.execute(
        """
        insert into ops.forgotten as known (entity, key, system_id, person_entity, person_key)
        select {entity}, {key}, {system_id}, {person_entity}, {person}
        from {target} as stored
        where stored._file_id = {file_id} and ({conditions}) and {key} is not null and {person} is not null
        on conflict (entity, key) do update set system_id = excluded.system_id where known.system_id is null
        """,
        entity=sql.Literal(rows.entity.name),
        key=rows.key_text("stored"),
        system_id=sql.Identifier("stored", SYSTEM_ID.name) if master else sql.SQL("null"),
        person_entity=sql.Literal(person.entity),
        person=sql.Identifier("stored", person.column),
        file_id=sql.Literal(rows.rules.file_id),
        conditions=sql.SQL(" or ").join(conditions),
    )
    return warning


def empty_deferred_cells(rows: Rows) -> None:
    """Deletes what is kept of forgotten persons' deferred rows as they came."""
    if (forgotten := rows.rules.forgotten) and forgotten.rows:
        rows.execute(
            "update ops.deferred_rows set raw = '{{}}' where file_id = {file_id} and row_number = any({rows})",
            file_id=sql.Literal(rows.rules.file_id),
            rows=sql.Literal(sorted(forgotten.rows)),
        )
