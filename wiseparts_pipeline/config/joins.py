"""Other files whose columns are joined to those of an importer's own files: `join:` in its YAML."""

from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from wiseparts_pipeline.config.attributes import Settings, Text
from wiseparts_pipeline.config.file_format import FileFormat

# How cells are converted; the same for all files of an importer.
CONVERSION = ("decimal", "thousands", "date_formats", "two_digit_years_from", "true_values", "false_values")


class JoinedFile(Settings):
    """Another file with further columns for the rows of the importer's file.

    `pattern`: its name, in the same folder. `on`: columns of the importer's file and their counterparts in
    the other. `file`: where its format differs.
    """

    pattern: str = Field(min_length=1)
    on: dict[Text, Text] = Field(min_length=1)
    file: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _bare_on(cls, value: object) -> object:
        # YAML 1.1 reads a bare `on` as true, also where it is a key.
        return (
            {"on" if key is True else key: given for key, given in value.items()} if isinstance(value, dict) else value
        )

    @field_validator("file")
    @classmethod
    def _without_conversion(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in CONVERSION:
            if name in value:
                raise ValueError(
                    f"{name} is the same for all files of an importer; a date that is written differently in this file"
                    " can have a `format` in `columns`"
                )
        return value

    def format(self, main: FileFormat) -> FileFormat:
        """The format of the other file, where `main` is that of the importer's own. Raises ValueError."""
        given = main.model_dump(exclude_unset=True, exclude={"member"})
        if self.file.get("format", main.format) != main.format:
            given = {name: given[name] for name in (*CONVERSION, "null_values") if name in given}
        if str(self.file.get("header")).lower() in ("true", "yes", "on"):
            given.pop("names", None)
        try:
            merged = FileFormat.model_validate(given | self.file)
        except ValidationError as error:
            fault = error.errors()[0]
            message = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
            if fault["type"] == "extra_forbidden":
                message = f"unknown attribute; allowed: {', '.join(FileFormat.model_fields)}"
            raise ValueError(f"{'.'.join(['file', *map(str, fault['loc'])])}: {message}") from None
        if not merged.header and merged.names == main.names:
            raise ValueError("file.names: say which columns this file has, or set `header: true` if it has a header")
        return merged
