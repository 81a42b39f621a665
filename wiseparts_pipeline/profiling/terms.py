"""The names by which columns, files and values are known, from the languages and systems in `terms.yaml`."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from wiseparts_pipeline.entities.schema import Entity

# All values stay text: `no` and `1` are terms. Without libyaml reading them takes half a second.
_BOOK: dict[str, Any] = yaml.load(
    Path(__file__).with_name("terms.yaml").read_text(encoding="utf-8"), getattr(yaml, "CBaseLoader", yaml.BaseLoader)
)

_NUMBER_WORDS = frozenset({"nr", "no", "num", "number", "nummer", "nbr", "numero", "n", "nro", "αρ", "αριθμος", "kenn"})
_ENDS_WITH_NUMBER = re.compile(r"(?<=\w{2})(?:nummer|number|numero|numer|nbr|num|nr|no)$")
_STOP_WORDS = frozenset(
    {"de", "du", "des", "d", "la", "le", "les", "l", "der", "die", "das", "of", "the", "van", "het", "i", "in"}
)
_DOUBTFUL = 0.78
_PATH = re.compile(r"^\.?[^/]*[^\W\d_]{3,}[^/]*/.*[^\W_]{2,}$|^\.\./")
_CLOSE = 86.0


@cache
def plain(text: str) -> str:
    """The words of a text without case, accents and punctuation."""
    text = re.sub(r"(?<=[a-zα-ωß-öø-ÿά-ώ])(?=[A-ZΑ-Ω])", " ", text)
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(character for character in letters if not unicodedata.combining(character))
    return " ".join(re.findall(r"[^\W_]+|%", letters))


@cache
def key(text: str) -> str:
    """The normalised name of a column: the same for `Rechnungs-Nr.` and `RECHNUNGSNUMMER`."""
    words = [word for word in plain(text).split() if word not in _STOP_WORDS] or plain(text).split()
    joined = "".join("nr" if word in _NUMBER_WORDS else word for word in words)
    joined = _ENDS_WITH_NUMBER.sub("nr", joined)
    return re.sub("([aou])e", r"\1", joined)


@dataclass(frozen=True)
class Term:
    text: str
    language: str
    is_doubtful: bool


TRUTHS: tuple[tuple[str, str], ...] = tuple(
    (plain(true) or true, plain(false) or false) for true, false in _BOOK["booleans"]
)


# What a row of totals says, as `plain` gives it.
TOTALS = frozenset(plain(text) for text in _BOOK["totals"])


@dataclass(frozen=True)
class KnownLayout:
    """The columns of a known file without a header. `where`: by position, the patterns that its cells must match."""

    entity: str
    names: tuple[str, ...]
    fewest: int
    where: Mapping[int, str]


LAYOUTS = tuple(
    KnownLayout(
        layout["entity"],
        tuple(layout["names"]),
        int(layout["fewest"]),
        {int(position): pattern for position, pattern in layout["where"].items()},
    )
    for layout in _BOOK["layouts"]
)


@cache
def _terms(entity: str, column: str) -> dict[str, Term]:
    """The terms for a column of an entity by their key, the entity's own first."""
    found: dict[str, Term] = {key(column): Term(column, "", False)}
    for languages in (_BOOK["entities"].get(entity, {}).get(column, {}), _BOOK["columns"].get(column, {})):
        for language, texts in languages.items():
            for text in texts:
                term = Term(text.removeprefix("~"), language, text.startswith("~"))
                found.setdefault(key(term.text), term)
    return found


@dataclass(frozen=True)
class Likeness:
    """How well a name fits a column, from 0 to 1, and the most similar term."""

    score: float
    term: Term | None = None


def likeness(name: str, entity: Entity, column: str) -> Likeness:
    """How well the name of a column of a file fits a column of the entity."""
    # `Order Lines/SKU` or `Price/Net`: the name of the field follows that of the record.
    field = key(name.rpartition("/")[2]) if _PATH.match(name) else ""
    return _likeness(key(name), key(re.sub(r"[(\[].*?[)\]]", "", name)), field, entity.name, column)


@cache
def _likeness(whole: str, without_brackets: str, field: str, entity: str, column: str) -> Likeness:
    terms = _terms(entity, column)
    for text, share in ((whole, 1.0), (without_brackets, 0.95), (field, 0.9)):
        if term := terms.get(text):
            return Likeness(share * (_DOUBTFUL if term.is_doubtful else 1.0), term)
    if len(without_brackets) < 4:
        return Likeness(0)
    fuzzy = _fuzzy_terms(entity, column)
    near = process.extractOne(without_brackets, fuzzy, scorer=fuzz.ratio, score_cutoff=_CLOSE)
    # address1 and addressid are similar, but not the same.
    if near and re.sub(r"\D", "", near[0]) == re.sub(r"\D", "", without_brackets):
        return Likeness(near[1] / 100 * 0.85, terms[near[0]])
    within = [text for text in fuzzy if len(text) > 5 and text in without_brackets]
    longest = max(within, key=len, default="")
    share = len(longest) / len(without_brackets)
    return Likeness(0.75 * share, terms[longest]) if share > 0.75 else Likeness(0)


@cache
def _fuzzy_terms(entity: str, column: str) -> list[str]:
    """The keys of terms that similar names match as well."""
    return [text for text, term in _terms(entity, column).items() if len(text) > 3 and not term.is_doubtful]


def named_like(name: str) -> Iterator[tuple[str, float]]:
    """The entities that the name of a file or folder suggests, each with a score from 0 to 1."""
    words = plain(re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name)).split()
    letters = "".join(word for word in words if not word.isdigit())
    for entity, texts in _BOOK["files"].items():
        whole = [key(text) for text in [*texts, entity]]
        if key(letters) in whole:
            yield entity, 1.0
        elif longest := max((text for text in whole if len(text) > 3 and text in key(letters)), key=len, default=""):
            yield entity, 0.5 + 0.4 * len(longest) / len(key(letters))


def meaning_key(text: str) -> str:
    """A text as `meanings` has it: without case, accents and punctuation, but with the sign of a number."""
    return text if re.fullmatch(r"[+-]\d+", text) else plain(text) or text


@cache
def meanings(column: str) -> dict[str, str]:
    """The values by the known texts, as `meaning_key` gives them, of a closed set such as `orders.status`."""
    return {
        meaning_key(text): value for value, texts in _BOOK["values"].get(column, {}).items() for text in [value, *texts]
    }


def is_name(text: str) -> bool:
    """Whether a column of any entity is known by this name."""
    return key(text) in _all_names()


@cache
def _all_names() -> frozenset[str]:
    books = [_BOOK["columns"], *_BOOK["entities"].values()]
    texts = [text for book in books for name, languages in book.items() for text in chain([name], *languages.values())]
    return frozenset(key(text.removeprefix("~")) for text in texts)
