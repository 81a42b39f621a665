"""Inspects files that a test writes."""

from pathlib import Path

from wiseparts_pipeline.profiling.inspection import Inspection, inspect


def write(folder: Path, name: str, *lines: str) -> Path:
    """A text file with these lines."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def inspected(folder: Path, *lines: str, name: str = "export.csv", entity: str | None = None) -> Inspection:
    """What is found out about a file with these lines."""
    return inspect(write(folder, name, *lines), entity)


def rules(inspection: Inspection) -> dict[str, object]:
    """Where the proposal takes each column of the entity from."""
    return {name: rule.value for name, rule in inspection.proposal.rules.items()}


def attributes(inspection: Inspection) -> dict[str, object]:
    """The proposed attributes besides `file` and `columns`."""
    return {name: found.value for name, found in inspection.proposal.attributes.items()}
