"""Where each column of an entity comes from: `columns:` in an importer's YAML."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from wiseparts_pipeline.config.attributes import DateFormat, Escaped, Settings, Text, groups_of, one_or_more, plain_text

TEMPLATE_CELL = re.compile(r"\{([^{}]+?)(\??)\}")

# Columns that a file gets when it is read, for an importer that asks for them; its error file has them as well.
FILE_NAME = "_file_name"
SHEET_NAME = "_sheet"
_HEAD_LINE = "_head_line_"


def head_line(number: int) -> str:
    """The column that has the text of a line above the header, counted from 1."""
    return f"{_HEAD_LINE}{number}"


def is_added(column: str) -> bool:
    """Whether it is the name of a column that a file gets when it is read."""
    return column in (FILE_NAME, SHEET_NAME) or column.startswith(_HEAD_LINE)


def one_group(value: str | None) -> str | None:
    """A regular expression with one group. Raises ValueError."""
    if value is not None and (groups := groups_of(value)) != 1:
        raise ValueError(f"{value!r} has {groups} groups; it needs exactly one, the part to keep")
    return value


Pattern = Annotated[str, AfterValidator(one_group)]


def template_columns(template: str) -> tuple[str, ...]:
    """The columns that a template refers to: `date` and `time` in `"{date} {time?}"`, where `time` may be empty."""
    return tuple(name for name, _ in TEMPLATE_CELL.findall(template))


def is_duration(format_: str) -> bool:
    """Whether a format is made of hours, minutes and seconds only."""
    directives = re.findall("%.", format_)
    return bool(directives) and {"%H", "%M", "%S"}.issuperset(directives)


_FORMS = ("from", "template", "constant", "sequence_within", "expression", "from_name", "from_head", "from_sheet")
_STEPS = ("extract", "map", "default", "separator")


class Sequence(StrEnum):
    """What becomes of a document's line numbers if another file of the same day has lines of it."""

    CONTINUE = "continue"
    RESTART = "restart"


class HeadLine(Settings):
    """A line above the header, counted from 1, and the part of it that is a value."""

    line: int = Field(ge=1)
    pattern: Pattern


class ColumnRule(Settings):
    """Where a column of the entity comes from. `from_`: one name, or several of which a file has one."""

    from_: Text | tuple[Text, ...] | None = Field(None, alias="from")
    template: str | None = None
    from_name: Pattern | None = None
    from_head: HeadLine | None = None
    from_sheet: Pattern | None = None
    constant: Text | None = None
    sequence_within: str | None = None
    sequence: Sequence | None = None
    expression: str | None = None
    extract: Pattern | None = None
    map: dict[Text, Text] | None = None
    default: Text | None = None
    format: Annotated[tuple[DateFormat, ...], BeforeValidator(one_or_more)] = ()
    separator: Annotated[Escaped, Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        value = None if value is None else plain_text(value)
        if not isinstance(value, str | list | dict | ColumnRule):
            raise ValueError("write the name of the file's column, or a form like {constant: EUR}")
        return {"from": value} if isinstance(value, str | list) else value

    @field_validator("from_")
    @classmethod
    def _one_name_is_a_text(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if value == ():
            raise ValueError("write the name of the file's column, or a list of its names")
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    @field_validator("template")
    @classmethod
    def _has_columns(cls, value: str | None) -> str | None:
        if value is not None and not template_columns(value):
            raise ValueError(f"{value!r} names no column; write it like 'S{{ProductID}}', or use `constant`")
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "ColumnRule":
        given = [form for form in _FORMS if getattr(self, "from_" if form == "from" else form) is not None]
        if len(given) != 1:
            found = f"has {' and '.join(given)}" if given else "has none"
            raise ValueError(f"a column takes exactly one of {', '.join(_FORMS)}; this one {found}")
        if self.sequence is not None and self.sequence_within is None:
            raise ValueError(f"sequence goes with `sequence_within`, not with `{given[0]}`")
        refused: tuple[str, ...] = _STEPS if given[0] in ("constant", "sequence_within", "expression") else ()
        if given[0] in ("from_name", "from_head", "from_sheet"):
            refused = ("extract",)
        if steps := [step for step in refused if getattr(self, step) is not None]:
            raise ValueError(f"{steps[0]} goes with `from` or `template`, not with `{given[0]}`")
        return self

    @property
    def is_derived(self) -> bool:
        """Whether the column is calculated from other columns of the entity, after these are converted."""
        return self.sequence_within is not None or self.expression is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the column of the file that this column is taken from, of which a file has one."""
        match self:
            case ColumnRule(from_=str(name)):
                return (name,)
            case ColumnRule(from_=tuple(names)):
                return names
            case ColumnRule(from_name=str()):
                return (FILE_NAME,)
            case ColumnRule(from_sheet=str()):
                return (SHEET_NAME,)
            case ColumnRule(from_head=HeadLine(line=line)):
                return (head_line(line),)
        return ()

    @property
    def pattern(self) -> str | None:
        """The regular expression whose group is the part to keep."""
        return self.extract or self.from_name or self.from_sheet or (self.from_head.pattern if self.from_head else None)

    @property
    def file_columns(self) -> tuple[str, ...]:
        """All columns of files that this column may be made of."""
        return self.names or (template_columns(self.template) if self.template is not None else ())
