"""What the HTTP service is to the import engine: a source whose files are requests to create a record."""

from pathlib import Path

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities.schema import Policy

# The source of what is created over the service, as exporters name it.
SERVICE = "wiseparts_api"
CREATED = ("customers", "orders")


def service_source(folder: Path) -> SourceSettings:
    """The source, whose files are in this folder while they are imported."""
    return SourceSettings(name=SERVICE, protocol="local", root=str(folder), settle_seconds=0)


def service_importer(entity: str) -> ImporterSettings:
    """The importer of requests to create records of an entity: of each, all rows are loaded or none."""
    return ImporterSettings.model_validate(
        {
            "entity": entity,
            "name": _name(entity),
            "source": SERVICE,
            "folder": entity,
            "pattern": "*.jsonl",
            "file": {"format": "jsonl", "null_values": [""]},
            "reject_limit_rows": 0,
            # Whoever asks waits for the answer, and nothing else would tell of a mistyped customer.
            "references": {"customer_id": Policy.REJECT} if entity == "orders" else {},
        }
    )


def service_names() -> frozenset[str]:
    """Names that no other source, connection, importer or pull can have."""
    return frozenset({SERVICE, *map(_name, CREATED)})


def _name(entity: str) -> str:
    return f"{SERVICE}_{entity}"
