"""Which rows a file has, which count, what they take from others: `unpivot`, `where`, `fill_down`, `sign_by`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from wiseparts_pipeline.config.attributes import (
    RegularExpression,
    Settings,
    Text,
    groups_of,
    one_or_more,
    plain_text,
    repeated,
)
from wiseparts_pipeline.entities.schema import Entity


def _texts(value: object) -> object:
    return one_or_more(plain_text(value))


Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]


class Condition(Settings):
    """What a row's cell in a column of the file must be for the row to count. `matches`: somewhere in the cell."""

    column: Text
    in_: Texts | None = Field(None, alias="in", min_length=1)
    not_: Texts | None = Field(None, alias="not", min_length=1)
    matches: RegularExpression | None = None
    not_matches: RegularExpression | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        tests = {"in": self.in_, "not": self.not_, "matches": self.matches, "not_matches": self.not_matches}
        given = [name for name, test in (tests | {"empty": self.empty}).items() if test is not None]
        if len(given) != 1:
            found = f"has {' and '.join(given)}" if given else "has none"
            raise ValueError(f"a condition takes exactly one of {', '.join([*tests, 'empty'])}; this one {found}")
        return self


class FillDown(Settings):
    """Columns that only have a value in the first row of a document, and are filled in for its other rows.

    `within`: the column with the document's number, which every row has. `from_`: the number itself, the first of the
    columns, is in the first row only, and the rows of a document follow each other.
    """

    within: str = ""
    columns: tuple[str, ...] = Field(min_length=1)
    from_: Literal["above"] | None = Field(None, alias="from")

    @model_validator(mode="after")
    def _one_form(self) -> "FillDown":
        if bool(self.within) == bool(self.from_):
            raise ValueError(
                "write either `within`, the column that says which rows belong together, or `from: above` if only the"
                " first of them has it"
            )
        return self

    @property
    def number(self) -> str:
        """The column whose value says which rows belong together."""
        return self.within or self.columns[0]


def _part_of_name(value: object) -> object:
    """A regular expression that columns are chosen by, and whose group, if it has one, is the part to keep."""
    if isinstance(value, str) and (groups := groups_of(value)) > 1:
        raise ValueError(f"{value!r} has {groups} groups; it needs one, the part to keep, or none to keep it all")
    return value


class Unpivot(Settings):
    """Columns of which each makes a row of its own, such as one a month.

    `columns`: their names, or a regular expression that fits their whole names. `name` and `value`: what the columns
    are called that have the name of such a column, or the part of it that is the expression's group, and its cell.
    `values`: in place of `columns` and `value`, an expression for each of several columns with the same part.
    `keep_empty`: empty cells make rows too.
    """

    columns: Annotated[tuple[Text, ...] | str | None, AfterValidator(_part_of_name)] = None
    name: Text
    value: Text | None = None
    values: dict[Text, Annotated[str, AfterValidator(_part_of_name)]] = Field(default_factory=dict)
    keep_empty: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> "Unpivot":
        if bool(self.values) == bool(self.columns) or bool(self.values) == bool(self.value):
            raise ValueError(
                "write either `columns` with `value`, or `values` with a pattern for each of several columns that"
                " belong together"
            )
        made = [self.name, *self.chosen]
        if twice := repeated(made):
            raise ValueError(f"`name` and the values are columns of their own; {twice[0]!r} is named twice")
        if isinstance(self.columns, tuple) and (twice := repeated(self.columns)):
            raise ValueError(f"`columns` has {twice[0]!r} more than once")
        return self

    @property
    def chosen(self) -> dict[str, tuple[str, ...] | str]:
        """For each column of values, the names of the columns with its cells, or the pattern of their names."""
        return {self.value: self.columns} if self.value and self.columns else dict(self.values)


class Negative(StrEnum):
    """What becomes of an amount that is to be turned and is negative already."""

    KEEP = "keep"
    TURN = "turn"


class SignBy(Settings):
    """The column that says which amounts are negative, in a file that writes them all without a sign.

    `column`: of the entity, the kind of document; otherwise of the file, whose cells are then `negative` or `positive`.
    `if_negative`: what becomes of an amount that is to be turned and has a sign already.
    """

    column: Text
    negative: Texts = ()
    positive: Texts = ()
    if_negative: Negative = Negative.KEEP

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"column": value} if isinstance(value, str) else value

    def check(self, entity: Entity) -> None:
        """Raises ValueError where it does not fit the entity."""
        signs = entity.signs
        if signs is None:
            raise ValueError(f"sign_by: {entity.name} has no amounts whose sign depends on the kind of document")
        if self.column == signs.kind:
            if self.negative or self.positive:
                raise ValueError(f"sign_by.negative: is known for {signs.kind}: {', '.join(signs.negative)}")
        elif not (self.negative and self.positive) or set(self.negative) & set(self.positive):
            raise ValueError(
                f"sign_by: write {signs.kind}, or a column of the file with its cells for `negative` and for `positive`"
                " amounts"
            )
