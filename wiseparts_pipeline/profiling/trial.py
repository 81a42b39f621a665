"""Tries the proposed importer on the first rows of its file, as an import that finds no stored record would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.importing.faults import RefusedFile, RowCode
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows
from wiseparts_pipeline.importing.validation.validator import Validator
from wiseparts_pipeline.profiling.sampling import SAMPLE_ROWS, first_batches


@dataclass
class Trial:
    """How the first rows would fare: `rejected` of `rows`, with the faults by column and code; or the refusal."""

    rows: int = 0
    rejected: int = 0
    faults: "Counter[str]" = field(default_factory=Counter)
    warnings: "Counter[str]" = field(default_factory=Counter)
    refusal: str | None = None


def try_importer(path: Path, name: str, importer: ImporterSettings, companions: Sequence[Path] = ()) -> Trial:
    """Imports the first rows of a file, as one of this name, without loading them anywhere."""
    trial = Trial()
    try:
        with (
            TemporaryDirectory() as folder,
            JoinedFiles(importer, [(each.name, each) for each in companions], Path(folder)) as joined,
        ):
            rows = joined.with_joined_columns(open_shaped_rows(path, name, importer))
            validator = Validator(importer, rows.columns)
            values: dict[str, list[Any]] = {name: [] for name in validator.columns}
            count = 0
            for batch in first_batches(rows, SAMPLE_ROWS):
                validated = validator.validate(batch)
                trial.rows += validated.rows_read
                trial.rejected += validated.rows_rejected
                trial.faults.update(f"{fault.column or 'row'}: {fault.code}" for fault in validated.faults)
                trial.warnings.update(validated.warnings)
                count += validated.literals.num_rows
                for name in values:
                    values[name] += validated.typed.column(name).to_pylist()
    except RefusedFile as refused:
        trial.refusal = str(refused)
        return trial
    _load(values, count, validator, importer, trial)
    return trial


def _load(
    values: dict[str, list[Any]], count: int, validator: Validator, importer: ImporterSettings, trial: Trial
) -> None:
    """Rejects the rows that lack what a new record needs, and those whose key another row of the file has."""
    for name, within in validator.sequences.items():
        documents: Counter[object] = Counter()
        values[name] = []
        for document in values[within]:
            documents[document] += 1
            values[name].append(documents[document])
    rejected: set[int] = set()
    entity = importer.entity_definition
    for column in entity.columns:
        if column.required_on_create:
            cells = values.get(column.name, [column.default] * count)
            paths = values.get(_path_with(importer, column.name) or "", [None] * count)
            lacking = {at for at, given in enumerate(zip(cells, paths, strict=True)) if given == (None, None)}
            trial.faults[f"{column.name}: {RowCode.MISSING_REQUIRED}"] += len(lacking)
            rejected |= lacking
    if importer.duplicates is Duplicates.REJECT:
        for key in validator.unique_keys:
            keys = list(zip(*(values[name] for name in key), strict=True))
            counts = Counter(keys)
            repeated = {position for position, each in enumerate(keys) if counts[each] > 1 and None not in each}
            trial.faults[f"{', '.join(key)}: {RowCode.DUPLICATE_IN_FILE}"] += len(repeated)
            rejected |= repeated
    trial.faults = +trial.faults
    trial.rejected += len(rejected)


def _path_with(importer: ImporterSettings, column: str) -> str | None:
    """The column with the path that ends with the name of a node in a hierarchy, if it is that name."""
    hierarchy = importer.entity_definition.hierarchy
    return hierarchy.path if hierarchy is not None and column == hierarchy.name else None
