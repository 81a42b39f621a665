"""How Dagster shows exports: the metadata of a delivery, and the asset checks."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.ages import in_words
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.exporting.export import Export, Status
from wiseparts_pipeline.exporting.log import Attention
from wiseparts_pipeline.exporting.requests import Preview
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time

NOTHING_HELD = "nothing_held"
NOTHING_GIVEN_UP = "nothing_given_up"
COLLECTED_IN_TIME = "collected_in_time"
SHOWN = 50
_EXAMPLES = 5

Metadata = dict[str, dg.MetadataValue | int | float | str]


def exports_asset(exporter: str) -> dg.AssetKey:
    return dg.AssetKey(["exports", exporter])


def look(connection: Connection, exporter: ExporterSettings) -> Attention:
    """What of it someone has to look at now."""
    return log.attention(connection, exporter, current_time(connection), _EXAMPLES)


def metadata(connection: Connection, exporter: ExporterSettings, delivered: Sequence[Export]) -> Metadata:
    """Of a delivery: what was delivered just now, how the others stand, and the records that were noted last."""
    now = current_time(connection)
    standing = log.standings(connection, [exporter], now, settled=False)[exporter.name]
    waited = [each.delivered_at - each.noted_at for each in delivered if each.delivered_at is not None]
    oldest = now - standing.oldest if standing.oldest is not None else None
    latest = log.latest(connection, exporter=exporter.name, limit=SHOWN)
    return {
        "delivered": len(delivered),
        "waiting": standing.count(Status.WAITING),
        "held": standing.count(Status.HELD),
        "given_up": standing.count(Status.GIVEN_UP),
        "not_collected_in_time": standing.overdue,
        **({"slowest_seconds": round(max(waited).total_seconds(), 2)} if waited else {}),
        "oldest_waiting_seconds": round(oldest.total_seconds(), 1) if oldest is not None else 0,
        "latest_records": _table([_row(each) for each in latest]),
    }


def previewed(previews: Sequence[Preview]) -> Metadata:
    """What a dry run would have delivered."""
    rows = [
        {
            "record": _name(each.export),
            "files": ", ".join(f"{file.name}: {file.rows}" for file in each.files),
            "why": each.kept_back or "",
        }
        for each in previews[:SHOWN]
    ]
    return {
        "would_be_delivered": sum(each.kept_back is None for each in previews),
        "would_not": sum(each.kept_back is not None for each in previews),
        "records": _table(rows) if rows else "none",
    }


def delivery_events(
    warehouse: Warehouse, configuration: Configuration, results: Sequence[Delivered]
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """By exporter, what was delivered outside a run of its asset, and what its checks say of that."""
    ids = [export_id for done in results for export_id in done.export_ids]
    if not ids:
        return
    with warehouse.connect() as connection:
        for name, delivered in by_exporter(log.with_ids(connection, ids)).items():
            exporter = configuration.exporter(name)
            yield dg.AssetMaterialization(
                exports_asset(name),
                description=f"{counted(len(delivered), 'record', 'records')} delivered.",
                metadata=metadata(connection, exporter, delivered),
            )
            # The UI shows those of the latest materialization only.
            yield from (verdict.evaluation(name) for verdict in verdicts(look(connection, exporter)))


def check_specs(exporter: ExporterSettings) -> list[dg.AssetCheckSpec]:
    asset = exports_asset(exporter.name)
    descriptions = {
        NOTHING_HELD: "No record is held: each that is wanted can be delivered complete.",
        NOTHING_GIVEN_UP: f"No delivery was given up after it had failed for {in_words(exporter.give_up_after)}.",
        COLLECTED_IN_TIME: "Nothing is left to be collected: records are created in the system."
        if exporter.is_creating
        else f"The receiver has taken every record within {in_words(exporter.collect_within)}.",
    }
    return [dg.AssetCheckSpec(name, asset=asset, description=text) for name, text in descriptions.items()]


@dataclass(frozen=True)
class Verdict:
    """What an asset check says."""

    name: str
    count: int
    severity: dg.AssetCheckSeverity
    description: str

    @property
    def passed(self) -> bool:
        return self.count == 0

    def result(self, exporter: str) -> dg.AssetCheckResult:
        """As a run reports it."""
        return dg.AssetCheckResult(**self._said(exporter))

    def evaluation(self, exporter: str) -> dg.AssetCheckEvaluation:
        """As it is reported without a run."""
        return dg.AssetCheckEvaluation(**self._said(exporter))

    def _said(self, exporter: str) -> dict[str, Any]:
        return {
            "asset_key": exports_asset(exporter),
            "check_name": self.name,
            "passed": self.passed,
            "severity": self.severity,
            "description": self.description,
            "metadata": {"records": self.count},
        }


def verdicts(found: Attention) -> Iterator[Verdict]:
    """What the checks of an exporter say, with the reasons of the first records that make them fail."""
    warn, error = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR
    held, given_up, overdue = (found.examples[what] for what in ("held", "given_up", "overdue"))
    yield Verdict(NOTHING_HELD, found.held, warn, _reasons(held) or "Every record can be delivered.")
    yield Verdict(NOTHING_GIVEN_UP, found.given_up, error, _reasons(given_up) or "No delivery was given up.")
    left = "\n".join(" ".join(filter(None, [f"{_name(each)}: {each.path}", each.error])) for each in overdue)
    yield Verdict(COLLECTED_IN_TIME, found.overdue, warn, left or "Nothing was left too long.")


def digest(found: Attention) -> str:
    """The same as long as the checks say the same."""
    said = repr([(each.count, each.description) for each in verdicts(found)])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def by_exporter(exports: Sequence[Export]) -> Mapping[str, list[Export]]:
    found: dict[str, list[Export]] = {}
    for export in exports:
        found.setdefault(export.exporter, []).append(export)
    return found


def _reasons(exports: Sequence[Export]) -> str:
    return "\n".join(f"{_name(each)}: {each.error or each.code}" for each in exports)


def _name(export: Export) -> str:
    key = export.record_key or str(export.record_uuid)
    return key if export.version == 1 else f"{key}, version {export.version}"


def _row(export: Export) -> dict[str, Any]:
    return {
        "record": _name(export),
        "status": str(export.status),
        "why": ": ".join(filter(None, [export.code, export.error])),
        "noted": f"{export.noted_at:%Y-%m-%d %H:%M:%S}",
        "delivered": f"{export.delivered_at:%Y-%m-%d %H:%M:%S}" if export.delivered_at else "",
        "attempts": export.attempts,
        "folder": export.path or "",
        "number there": export.external_id or "",
        "uuid": str(export.record_uuid),
    }


def _table(rows: Sequence[dict[str, Any]]) -> dg.MetadataValue | str:
    if not rows:
        return "none"
    columns = [dg.TableColumn(name, "int" if isinstance(value, int) else "string") for name, value in rows[0].items()]
    return dg.TableMetadataValue(records=[dg.TableRecord(row) for row in rows], schema=dg.TableSchema(columns))
