"""Which rows count, what they take from others, and which amounts are negative: `where`, `fill_down`, `sign_by`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.mapping import is_needed
from wiseparts_pipeline.profiling.proposal.rules import Rules, SampleCells, cells_of, file_columns, is_negative
from wiseparts_pipeline.profiling.terms import TOTALS, key, plain

# More rows than this share that look like totals are none.
_MOST_TOTALS = 0.4
_LONGEST_TOTAL = 60
_FEW = 3
# Of a column that says which side of the account an amount is on: negative and positive.
_SIDES = (("h", "s"), ("haben", "soll"), ("c", "d"), ("credit", "debit"), ("cr", "dr"), ("a", "d"), ("avoir", "doit"),
          ("π", "χ"), ("πιστωση", "χρεωση"), ("-", "+"))  # fmt: skip
_SIDE_NAMES = frozenset(
    map(key, ("S/H", "Soll/Haben", "SHKZG", "Soll Haben Kennzeichen", "D/C", "Debit/Credit", "Dr/Cr", "DC", "D/C Mark",
              "Debit/Credit Indicator", "Dt/Ct", "Débit/Crédit", "Sens", "Χ/Π", "Debet/Credit", "Debet/Kredit", "Sign",
              "Vorzeichen"))
)  # fmt: skip


@dataclass(frozen=True)
class Totals:
    """The rows of a sample that are totals, and the condition of `where` that leaves them out."""

    rows: frozenset[int]
    where: Finding[list[dict[str, Any]]]


def find_totals(sample: SampleCells) -> Totals | None:
    """The rows that say `Total` or the like in a cell and have fewer cells than other rows."""
    named: dict[str, dict[int, str]] = {}
    for column, cells in sample.items():
        words = {text for text in set(cells) if _is_total(text)}
        if words:
            named[column] = {row: cell.strip() for row, cell in enumerate(cells) if cell in words}
    candidates = {row for rows in named.values() for row in rows}
    count = len(next(iter(sample.values()), []))
    if not candidates or len(candidates) > _MOST_TOTALS * count:
        return None
    filled = [sum(bool(cells[row].strip()) for cells in sample.values()) for row in range(count)]
    usual = Counter(filled[row] for row in range(count) if row not in candidates).most_common(1)[0][0]
    totals = frozenset(row for row in candidates if filled[row] < usual)
    if not totals:
        return None
    conditions = []
    left = set(totals)
    for column, rows in sorted(named.items(), key=lambda each: -len(each[1])):
        texts = sorted({text for row, text in rows.items() if row in left})
        if texts and not any(row not in totals for row in rows):
            conditions.append(_without(column, texts))
            left -= rows.keys()
    if left:
        return None
    shown = next(text for rows in named.values() for row, text in rows.items() if row in totals)
    why = f"{len(totals):,} rows such as {shown!r} seem to be totals"
    return Totals(totals, Finding(conditions, Confidence.LIKELY, why))


def _is_total(text: str) -> bool:
    if not text or len(text) > _LONGEST_TOTAL or not text.strip()[:1].isalpha():
        return False
    words = plain(text)
    return any(words == total or words.startswith(total + " ") for total in TOTALS)


def _without(column: str, texts: Sequence[str]) -> dict[str, Any]:
    """The condition that a cell is none of the texts, or begins with none of the words that they begin with."""
    if len(texts) <= _FEW:
        return {"column": column, "not": texts[0] if len(texts) == 1 else list(texts)}
    words = sorted({re.split(r"[^\w-]", text, maxsplit=1)[0] for text in texts})
    return {"column": column, "not_matches": f"^({'|'.join(map(re.escape, words))})\\b"}


def find_fill_down(entity: Entity, rules: Rules, sample: SampleCells) -> Finding[dict[str, Any]] | None:
    """The columns that have a value in the first row of a document and are empty in its other rows."""
    document = entity.key[0]
    if len(entity.key) < 2 or "line_no" not in entity or document not in rules:
        return None
    keys = cells_of(rules[document].value, sample)
    if not all(keys):
        return _fill_from_above(entity, rules, sample, keys)
    is_first = [position == 0 or keys[position - 1] != key for position, key in enumerate(keys)]
    names = _on_first_rows(entity, rules, sample, is_first)
    if not any(is_needed(entity[name]) for name in names):
        return None
    return Finding({"within": document, "columns": names}, Confidence.SURE, "only the first row of a document has them")


def _fill_from_above(
    entity: Entity, rules: Rules, sample: SampleCells, keys: Sequence[str]
) -> Finding[dict[str, Any]] | None:
    """Where the document's number, too, is in its first row only, and its other rows follow."""
    document = entity.key[0]
    if not keys or not keys[0] or not isinstance(rules[document].value, str):
        return None
    names = _on_first_rows(entity, rules, sample, list(map(bool, keys)))
    lines = [name for name in ("quantity", "unit_price", "net_amount", "sku", "product_id") if name in rules]
    others = [row for row, text in enumerate(keys) if not text]
    has_lines = any(
        all(cells[row] for row in others)
        for name in lines
        if file_columns(rules[name].value) and (cells := cells_of(rules[name].value, sample))
    )
    # Other rows may lack their number for another reason, if they have the rest of what a document has.
    if not has_lines or not names:
        return None
    plain_names = [name for name in names if isinstance(rules[name].value, str) or "from" in rules[name].value]
    why = "rows without a number have lines only, and those above them have the document's cells"
    return Finding({"columns": [document, *plain_names], "from": "above"}, Confidence.LIKELY, why)


def _on_first_rows(entity: Entity, rules: Rules, sample: SampleCells, is_first: Sequence[bool]) -> list[str]:
    """The columns, the document's number excepted, that half of the first rows have and none of the others."""
    others = [position for position, first in enumerate(is_first) if not first]
    firsts = [position for position, first in enumerate(is_first) if first]
    names = []
    for name, rule in rules.items() if others else ():
        used = file_columns(rule.value)
        # An amount of the whole document would be counted once per row.
        if name == entity.key[0] or not used or entity[name].type in (Type.MONEY, Type.NUMBER):
            continue
        cells = cells_of(rule.value, sample)
        filled = sum(bool(cells[position]) for position in firsts)
        if filled and filled * 2 >= len(firsts) and not any(cells[position] for position in others):
            names.append(name)
    return names


def find_sign_by(
    entity: Entity, rules: Rules, columns: Sequence[ColumnProfile], sample: SampleCells
) -> Finding[str | dict[str, Any]] | None:
    """What says which amounts are negative, if the file writes none with a sign."""
    signs = entity.signs
    if signs is None:
        return None
    amounts = [cells for name in signs.columns if name in rules for cells in _amounts(rules[name].value, sample)]
    if not amounts or any(map(is_negative, set().union(*amounts))):
        return None
    for column in columns:
        found = {plain(text) or text: text for text in column.values}
        for negative, positive in _SIDES if key(column.name) in _SIDE_NAMES else ():
            if set(found) == {negative, positive}:
                form = {"column": column.name, "negative": [found[negative]], "positive": [found[positive]]}
                return Finding(form, Confidence.LIKELY, f"no amount has a sign, and {column.name} tells the side")
    if signs.kind not in rules or not file_columns(rules[signs.kind].value):
        return None
    kinds = set(_kinds(rules[signs.kind].value, sample))
    if not kinds & set(signs.negative) or kinds <= set(signs.negative):
        return None
    return Finding(signs.kind, Confidence.LIKELY, "credit notes and payments have amounts without a sign")


def _amounts(form: Any, sample: SampleCells) -> list[list[str]]:
    return [list(sample[name]) for name in file_columns(form) if name in sample]


def _kinds(form: Any, sample: SampleCells) -> list[str]:
    """The kind of each row's document."""
    mapped: Mapping[str, str] = form.get("map", {}) if isinstance(form, dict) else {}
    extract = form.get("extract") if isinstance(form, dict) else None
    kinds = []
    for cell in cells_of(form, sample):
        found = re.search(extract, cell) if extract else None
        text = found[1] if found else cell
        kinds.append(mapped.get(text, text))
    return kinds
