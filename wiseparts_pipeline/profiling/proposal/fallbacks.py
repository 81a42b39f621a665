"""Rules for columns that every row needs but that no column of the file was matched to."""

import re
from collections.abc import Callable, Sequence

from wiseparts_pipeline.entities.schema import Column, Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.mapping import is_needed
from wiseparts_pipeline.profiling.proposal.rules import CONSTANTS, Form, Rules, SampleCells, cells_of, file_columns

# The column that another one can be copied from, if the file has only one of them.
_SUBSTITUTES = {
    ("products", "sku"): "product_id",
    ("products", "product_id"): "sku",
    ("products", "name"): "description",
    ("due_docs", "open_amount"): "amount",
    ("due_docs", "amount"): "open_amount",
    ("due_docs", "due_on"): "issued_on",
    ("due_docs", "issued_on"): "due_on",
    ("categories", "path"): "name",
    ("brand_families", "name"): "family_id",
    ("collections", "name"): "collection_id",
    ("customers", "name"): "customer_id",
    ("customer_branches", "name"): "branch_id",
}
# The shape of cells by which a column without a name is recognised.
_SHAPES = {"path": "path", "email": "email", "barcode": "barcode", "phone": "phone", "media_urls": "url"}
_EXPRESSIONS = {
    "net_amount": ("quantity * unit_price", ("quantity", "unit_price")),
    "unit_price": ("net_amount / quantity", ("net_amount", "quantity")),
}
_CURRENCY_CODE = re.compile(r"(?<![A-Za-z])(EUR|USD|GBP|SEK|CHF|DKK|NOK|PLN)(?![A-Za-z])")


def match_by_shape(entity: Entity, rules: Rules, columns: Sequence[ColumnProfile]) -> None:
    """Adds rules for columns that have no name but are recognised by their cells."""
    candidates = (column for column in columns if column.is_unique and column.shape not in ("path", "uuid"))
    if len(entity.key) == 1 and (unique := next(candidates, None)):
        rules[entity.key[0]] = Finding(unique.name, Confidence.GUESS, "no two rows have the same value")
    for target, shape in _SHAPES.items():
        column = next((column for column in columns if column.shape == shape), None)
        if column and target in entity and target not in rules:
            rules[target] = Finding(column.name, Confidence.GUESS, f"its cells look like {column.example}")
    used = {rule.value for rule in rules.values()}
    words = (
        column
        for column in columns
        if column.name not in used
        and column.type is Type.TEXT
        and not column.shape
        and column.distinct * 2 > column.filled
    )
    if "name" in entity and is_needed(entity["name"]) and "name" not in rules and (column := next(words, None)):
        rules["name"] = Finding(column.name, Confidence.GUESS, f"the first column of text, such as {column.example}")


def add_fallbacks(entity: Entity, rules: Rules, columns: Sequence[ColumnProfile], sample: SampleCells) -> list[str]:
    """Adds rules for needed columns that have none; returns the names of those for which there is no fallback."""
    fallbacks: tuple[Callable[[Column], Finding[Form] | None], ...] = (
        lambda target: _currency(target, columns),
        lambda target: _key(target, entity, rules, columns),
        lambda target: _line_number(target, entity, rules, sample),
        lambda target: _expression(target, rules),
        lambda target: _substitute(target, entity, rules),
        lambda target: _constant(target, entity),
    )
    missing = []
    for target in entity.columns:
        if is_needed(target) and target.name not in rules and not _is_last_of_path(target, entity, rules):
            if found := next((found for fallback in fallbacks if (found := fallback(target))), None):
                rules[target.name] = found
            else:
                missing.append(target.name)
    return missing


def _is_last_of_path(target: Column, entity: Entity, rules: Rules) -> bool:
    """Whether it is the name of a node whose path, which ends with it, the file has."""
    hierarchy = entity.hierarchy
    return hierarchy is not None and target.name == hierarchy.name and hierarchy.path in rules


def _key(target: Column, entity: Entity, rules: Rules, columns: Sequence[ColumnProfile]) -> Finding[Form] | None:
    if target.name != entity.key[0] or (
        (entity.name, target.name) in _SUBSTITUTES and _SUBSTITUTES[entity.name, target.name] in rules
    ):
        return None
    used = {name for rule in rules.values() for name in file_columns(rule.value)}
    free = [column for column in columns if column.name not in used and column.type in (Type.TEXT, Type.INT, Type.BOOL)]
    if len(entity.key) == 1 and (unique := next((column for column in free if column.is_unique), None)):
        return Finding(unique.name, Confidence.GUESS, "no two rows have the same value")
    return None


def _line_number(target: Column, entity: Entity, rules: Rules, sample: SampleCells) -> Finding[Form] | None:
    if target.name != "line_no" or entity.key[0] not in rules:
        return None
    document = entity.key[0]
    cells = cells_of(rules[document].value, sample)
    if cells and len(set(cells)) == len(cells):
        return Finding({"constant": 1}, Confidence.LIKELY, f"no {document} occurs in two rows")
    return Finding({"sequence_within": document}, Confidence.LIKELY, "the file has no line numbers")


def _expression(target: Column, rules: Rules) -> Finding[Form] | None:
    text, names = _EXPRESSIONS.get(target.name, ("", ()))
    given = {name for name in names if name in rules and "expression" not in str(rules[name].value)}
    return Finding({"expression": text}, Confidence.LIKELY, "calculated") if text and given == set(names) else None


def _substitute(target: Column, entity: Entity, rules: Rules) -> Finding[Form] | None:
    other = _SUBSTITUTES.get((entity.name, target.name))
    if other is None and target.name == "name":
        other = entity.key[0]
    if entity.name == "products" and target.name == "name" and other not in rules:
        other = "sku" if "sku" in rules else "product_id"
    if other not in rules:
        return None
    return Finding(rules[other].value, Confidence.GUESS, f"copied from {other}, as the file has no column for it")


def _constant(target: Column, entity: Entity) -> Finding[Form] | None:
    value = CONSTANTS.get((entity.name, target.name))
    if value is None:
        return None
    return Finding({"constant": value}, Confidence.GUESS, "no column has it; enter the value for the whole file")


def _currency(target: Column, columns: Sequence[ColumnProfile]) -> Finding[Form] | None:
    if target.name != "currency":
        return None
    for column in columns:
        if column.currency:
            return Finding({"constant": column.currency}, Confidence.LIKELY, f"by the sign in {column.name}")
    for column in columns:
        if code := _CURRENCY_CODE.search(column.name):
            return Finding({"constant": code[1]}, Confidence.LIKELY, f"by the name of {column.name}")
    return Finding({"constant": "EUR"}, Confidence.GUESS, "no column has it; enter the currency of the amounts")
