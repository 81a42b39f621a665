"""How Dagster shows an import: the metadata of its events, and its asset checks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg
from psycopg import sql

from wiseparts_pipeline.config.operations.cadence import stale_after
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import SHOWN_REJECTS, FileResult
from wiseparts_pipeline.notify.wording import COUNTS, rows, warnings
from wiseparts_pipeline.orchestration.dagster_internals import last_evaluation
from wiseparts_pipeline.warehouse import Warehouse

REJECT_COLUMNS = ("file", "line_number", "message", "key", "code", "column_name", "value", "row_number")

REJECTED_ROWS = "rejected_rows"
REFUSED_FILES = "refused_files"
_NOTHING_NEW = "There was nothing to import. "


def column_schema(entity: Entity) -> dg.TableSchema:
    """The columns of the entity's table as the UI shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type.sql,
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, unique=column.name in entity.unique or (column.name,) == entity.key
                ),
            )
            for column in entity.table_columns
        ]
    )


def with_status(results: Sequence[FileResult], *statuses: Status) -> list[FileResult]:
    return [result for result in results if result.status in statuses]


def totals(results: Sequence[FileResult]) -> dict[str, int]:
    """The row counts of all files by outcome, and the deleted records."""
    return {f"rows_{count}": sum(result.file.count(count) for result in results) for count in COUNTS}


def released(results: Sequence[FileResult]) -> Counter[str]:
    """By entity, the deferred rows of other files that these files' records have released."""
    return sum((Counter(result.released) for result in results), Counter())


def metadata(results: Sequence[FileResult]) -> dict[str, dg.MetadataValue | int]:
    """The counts as integers, which the UI plots, one line per file, and the first rejected and deferred rows."""
    return {
        "files": len(results),
        **totals(results),
        **{f"released_rows_of_{entity}": count for entity, count in released(results).items()},
        "report": dg.MetadataValue.md(markdown(results)),
        "first_rejected_rows": rejected_rows_table(results),
    }


def delivered(results: Sequence[FileResult]) -> dict[str, dg.MetadataValue | int | str]:
    """What the sender has put into the folder."""
    return {
        "files": len(results),
        "bytes": sum(result.file.size_bytes for result in results),
        "last_file": results[-1].file.name,
    }


def markdown(results: Sequence[FileResult]) -> str:
    """A table with one line per file."""
    lines = [f"| file | status | {' | '.join(COUNTS)} | |", "|---|---" + "|---:" * len(COUNTS) + "|---|"]
    for result in results:
        counts = " | ".join(str(result.file.count(count)) for count in COUNTS)
        notes = "; ".join(
            [*filter(None, [result.file.error]), *warnings(result.file.warnings, result.file.file_columns)]
        )
        lines.append(f"| {_cell(result.file.name)} | {result.status} | {counts} | {_cell(notes)} |")
    return "\n".join(lines)


def rejected_rows_table(results: Sequence[FileResult]) -> dg.TableMetadataValue:
    """The first rejected and waiting rows of all files; where each fault is a row of its own."""
    shown = [{"file": result.file.name} | asdict(row) for result in results for row in result.rejected][:SHOWN_REJECTS]
    return dg.TableMetadataValue(
        records=[dg.TableRecord({name: _shown(row[name]) for name in REJECT_COLUMNS}) for row in shown],
        schema=dg.TableSchema(
            [
                dg.TableColumn(name, "int" if name in ("row_number", "line_number") else "string")
                for name in REJECT_COLUMNS
            ]
        ),
    )


def check_specs(asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            REJECTED_ROWS,
            asset=asset,
            description="No row of the last import was rejected or is waiting. Rejected rows are in errors/, "
            "with their faults; waiting rows are loaded automatically with the record they refer to.",
        ),
        dg.AssetCheckSpec(
            REFUSED_FILES,
            asset=asset,
            blocking=True,
            description="No file of the last import was refused. The marts are built again once this check passes.",
        ),
    ]


def check_results(asset: dg.AssetKey, results: Sequence[FileResult]) -> list[dg.AssetCheckResult]:
    refused = with_status(results, Status.REFUSED)
    open_rows = {what: totals(results)[f"rows_{what}"] for what in ("rejected", "waiting")}
    return [
        dg.AssetCheckResult(
            asset_key=asset,
            check_name=REJECTED_ROWS,
            passed=not any(open_rows.values()),
            severity=dg.AssetCheckSeverity.WARN,
            description=_open_rows(**open_rows),
            metadata={f"rows_{what}": count for what, count in open_rows.items()}
            | ({"first_rejected_rows": rejected_rows_table(results)} if any(open_rows.values()) else {}),
        ),
        dg.AssetCheckResult(
            asset_key=asset,
            check_name=REFUSED_FILES,
            passed=not refused,
            severity=dg.AssetCheckSeverity.ERROR,
            description="\n".join(describe_failure(result) for result in refused) or "Every file was accepted",
            metadata={"files_refused": len(refused)},
        ),
    ]


def check_results_again(asset: dg.AssetKey, instance: dg.DagsterInstance) -> list[dg.AssetCheckResult]:
    """What the checks found last, for a run that has imported nothing: it is as it was, and no fault of this run."""
    found = {name: last_evaluation(instance, dg.AssetCheckKey(asset, name)) for name in (REJECTED_ROWS, REFUSED_FILES)}
    return [
        dg.AssetCheckResult(
            asset_key=asset,
            check_name=name,
            passed=last is None or last.passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{_NOTHING_NEW}{((last and last.description) or '').removeprefix(_NOTHING_NEW)}",
            metadata=last.metadata if last else {},
        )
        for name, last in found.items()
    ]


def failures(results: Sequence[FileResult]) -> list[str]:
    """A line about each file that was refused or failed."""
    return [describe_failure(each) for each in with_status(results, Status.REFUSED, Status.FAILED)]


def describe_failure(result: FileResult) -> str:
    """One line about a file that was refused or failed."""
    code = f" ({result.file.error_code})" if result.file.error_code else ""
    return f"{result.file.name} {'was refused' if result.status is Status.REFUSED else 'failed'}{code}: " + str(
        result.file.error
    )


def _open_rows(rejected: int, waiting: int) -> str:
    parts = [
        *([f"{rows(rejected)} {'was' if rejected == 1 else 'were'} rejected"] if rejected else []),
        *(
            [f"{rows(waiting)} {'waits for what it refers' if waiting == 1 else 'wait for what they refer'} to"]
            if waiting
            else []
        ),
    ]
    return "; ".join(parts) or "Every row was loaded"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _shown(value: Any) -> str | int | None:
    return value if isinstance(value, int | None) else str(value)


def freshness_policy(importers: Sequence[Importer]) -> dg.FreshnessPolicy | None:
    """When the UI shows the table as stale: once it has not been imported for as long as its fastest feed allows.

    `wiseparts freshness` shows which of several feeds has stopped.
    """
    ages = [age for importer in importers if (age := stale_after(importer.settings))]
    return dg.FreshnessPolicy.time_window(fail_window=min(ages)) if ages else None


def rows_in_table(warehouse: Warehouse, entity: Entity) -> int:
    """How many rows the entity's table has."""
    with warehouse.connect() as connection:
        found = connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier("raw", entity.name))
        ).fetchone()
    assert found is not None
    rows: int = found[0]
    return rows


@dataclass(frozen=True)
class RunLog:
    """Writes an import's progress into the run's log."""

    log: dg.DagsterLogManager

    def blocked(self, entity: str, holder: str) -> None:
        self.log.info(f"Another import of {entity} is running; waiting for it to end. It is {holder}.")

    def files_settling(self, files: int, seconds: int) -> None:
        """A run takes what has settled; the sensor has waited for it."""

    def file_started(self, name: str, position: int, total: int, size_bytes: int) -> None:
        self.log.info(f"{name} ({position} of {total}, {size_bytes:,} bytes)")

    def file_advanced(self, bytes_fetched: int, rows_read: int) -> None:
        """Called too often for a log."""

    def file_finished(self, result: FileResult) -> None:
        if result.status in (Status.REFUSED, Status.FAILED):
            self.log.error(describe_failure(result))
        else:
            counts = totals([result]).items()
            summary = ", ".join(f"{count} {name.removeprefix('rows_')}" for name, count in counts)
            self.log.info(f"{result.file.name}: {result.status}: {summary}")
