"""Which rows of a file count and what they take from others: `where`, `fill_down`, `sign_by` in an importer's YAML."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from wiseparts_pipeline.config.attributes import RegularExpression, Settings, Text, one_or_more, plain_text


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
