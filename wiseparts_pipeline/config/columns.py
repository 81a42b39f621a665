"""Where each column of an entity comes from: `columns:` in an importer's YAML."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from wiseparts_pipeline.config.attributes import DateFormat, Settings, Text, one_or_more, plain_text

TEMPLATE_CELL = re.compile(r"\{([^{}]+?)(\??)\}")


def template_columns(template: str) -> tuple[str, ...]:
    """The columns that a template refers to: `date` and `time` in `"{date} {time?}"`, where `time` may be empty."""
    return tuple(name for name, _ in TEMPLATE_CELL.findall(template))


def is_duration(format_: str) -> bool:
    """Whether a format is made of hours, minutes and seconds only."""
    directives = re.findall("%.", format_)
    return bool(directives) and {"%H", "%M", "%S"}.issuperset(directives)


class ColumnRule(Settings):
    """Where a column of the entity comes from."""

    from_: Text | None = Field(None, alias="from")
    template: str | None = None
    constant: Text | None = None
    sequence_within: str | None = None
    expression: str | None = None
    extract: str | None = None
    map: dict[Text, Text] | None = None
    default: Text | None = None
    format: Annotated[tuple[DateFormat, ...], BeforeValidator(one_or_more)] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        value = plain_text(value)
        if not isinstance(value, str | dict | ColumnRule):
            raise ValueError("write the name of the file's column, or a form like {constant: EUR}")
        return {"from": value} if isinstance(value, str) else value

    @field_validator("map", mode="before")
    @classmethod
    def _text_keys(cls, value: object) -> object:
        if isinstance(value, dict) and any(isinstance(key, bool) for key in value):
            raise ValueError(
                "YAML reads a bare yes, no, on, off, true or false as a truth value; put the key in quotes"
            )
        return value

    @field_validator("extract")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"{value!r} is not a regular expression: {error}") from None
            if groups != 1:
                raise ValueError(f"{value!r} has {groups} groups; it needs exactly one, the part to keep")
        return value

    @field_validator("template")
    @classmethod
    def _has_columns(cls, value: str | None) -> str | None:
        if value is not None and not template_columns(value):
            raise ValueError(f"{value!r} names no column; write it like 'S{{ProductID}}', or use `constant`")
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "ColumnRule":
        forms = ["from", "template", "constant", "sequence_within", "expression"]
        given = [form for form in forms if getattr(self, "from_" if form == "from" else form) is not None]
        if len(given) != 1:
            found = f"has {' and '.join(given)}" if given else "has none"
            raise ValueError(f"a column takes exactly one of {', '.join(forms)}; this one {found}")
        if given[0] in ("constant", "sequence_within", "expression"):
            steps = [step for step in ("extract", "map", "default") if getattr(self, step) is not None]
            if steps:
                raise ValueError(f"{steps[0]} goes with `from` or `template`, not with `{given[0]}`")
        return self

    @property
    def is_derived(self) -> bool:
        """Whether the column is calculated from other columns of the entity, after these are converted."""
        return self.sequence_within is not None or self.expression is not None

    @property
    def file_columns(self) -> tuple[str, ...]:
        """The columns of the file that this column is made of."""
        if self.from_ is not None:
            return (self.from_,)
        return template_columns(self.template) if self.template is not None else ()
