"""Opens a file with the readers of imports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import FileRows, open_rows
from wiseparts_pipeline.importing.reading.formats.xlsx import first_rows
from wiseparts_pipeline.importing.reading.sources import Source
from wiseparts_pipeline.profiling.errors import InspectionError


def open_file(path: Path, name: str, file: Mapping[str, Any]) -> FileRows:
    """The rows of a file, read as one of this name with these attributes. Raises InspectionError."""
    try:
        return open_rows(path, name, FileFormat.model_validate(dict(file)))
    except ValidationError:
        raise InspectionError(f"{path}: no table can be made out in it.") from None
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None


def first_rows_of_workbook(path: Path, most: int) -> list[list[str]]:
    """The texts of the first rows of its first sheet. Raises InspectionError."""
    try:
        return first_rows(Source.of(path), most)
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None
