"""Turns what was found out about a file into the attributes of an importer, each with how sure it is."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Column as Target
from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ISO, Column
from wiseparts_pipeline.profiling.finding import Confidence, Found, confidence_of
from wiseparts_pipeline.profiling.mapping import Match, is_needed
from wiseparts_pipeline.profiling.terms import meanings, plain

Sample = Mapping[str, Sequence[str]]
Rules = dict[str, Found[Any]]

_COMPACT = ("%y%m%d", "%Y%m%d")
# What is taken where no column says it: the commonest case, and a guess.
_CONSTANTS = {
    ("due_docs", "doc_type"): "invoice",
    ("addresses", "kind"): "shipping",
    ("quotes", "status"): "open",
    ("orders", "status"): "confirmed",
    ("orders", "channel"): "other",
    ("calls", "direction"): "inbound",
    ("calls", "disposition"): "answered",
    ("online_activity", "kind"): "visit",
}
# The column that another can be taken from, where the file has but one of them.
_STAND_INS = {
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
# A value of a closed set that fewer cells have is dirt, and its rows are better rejected than taken for something.
_COMMON = 0.02
# What a column of this shape is, where it has no name.
_SHAPED = {"path": "path", "email": "email", "barcode": "barcode", "phone": "phone", "media_urls": "url"}
_EXPRESSIONS = {
    "net_amount": ("quantity * unit_price", ("quantity", "unit_price")),
    "unit_price": ("net_amount / quantity", ("net_amount", "quantity")),
}


@dataclass
class Proposal:
    """`rules`: what each canonical column is made of. `missing`: columns that every row needs and nothing gives."""

    entity: Entity
    rules: Rules
    missing: list[str]
    fill_down: Found[dict[str, Any]] | None = None
    notes: list[str] = field(default_factory=list)


def propose(
    entity: Entity,
    matches: Mapping[str, Match],
    columns: Sequence[Column],
    sample: Sample,
    currency: Found[str],
    *,
    has_names: bool = True,
) -> Proposal:
    """An importer's columns for a file; `has_names`: the file names its columns itself."""
    formats = file_date_formats(matches)
    rules: Rules = {}
    notes: list[str] = []
    for target, match in matches.items():
        rule = _rule(entity[target], match, entity, formats)
        if rule is None:
            notes.append(
                f"{match.column.name} looks like {target}, its values, such as {match.column.example!r}, do not."
            )
        else:
            rules[target] = rule
            notes += _unknown_values(entity[target], match.column, rule)
    if not has_names:
        _take_by_shape(entity, rules, columns)
    _join_clock(entity, rules, matches, columns)
    _leave_document_amounts(rules, matches)
    missing = _feed(entity, rules, columns, sample, currency)
    _widen_key(entity, rules, columns, sample)
    if entity.name == "sales":
        _tell_credit_notes(rules, sample)
    proposal = Proposal(
        entity, {name: rules[name] for name in entity.column_names if name in rules}, missing, notes=notes
    )
    proposal.fill_down = _fill_down(entity, rules, sample)
    _note_keys(proposal, sample)
    if missing and len(entity.key) > 1 and "line_no" in entity:
        proposal.notes.append(
            f"Where another file has heads or lines, `join` brings in what is missing: {', '.join(missing)}."
        )
    return proposal


def file_date_formats(matches: Mapping[str, Match]) -> tuple[str, ...]:
    """The formats that the file's columns of dates share, the commonest first."""
    found = Counter(match.column.formats[0] for match in matches.values() if _is_dated(match))
    for match in matches.values():
        if _is_dated(match):
            found.update(form for form in match.column.formats[1:] if not _contradicts(form, found))
    kept: list[str] = []
    for form, _ in found.most_common():
        if form not in _COMPACT and not _contradicts(form, kept):
            kept.append(form)
    return tuple(kept) or (ISO,)


def _is_dated(match: Match) -> bool:
    return bool(match.column.formats) and _is_date(match.target)


def _is_date(target: str) -> bool:
    return target.endswith(("_on", "_at", "_date", "eta", "_until"))


def _contradicts(form: str, others: "Sequence[str] | Counter[str]") -> bool:
    """Whether day and month change places between two formats that are otherwise the same."""
    swapped = form.translate(str.maketrans("dm", "md"))
    return swapped != form and swapped in others


def _rule(target: Target, match: Match, entity: Entity, formats: Sequence[str]) -> Found[Any] | None:
    """The form of a column that is given in the file; None when its cells cannot be what the name says."""
    column = match.column
    confidence = confidence_of(match.score)
    why = _why(match)
    form: dict[str, Any] = {"from": column.name}
    if target.allowed or (target.name == "country_code" and column.shape != "country"):
        book = f"{entity.name}.{target.name}" if target.allowed else target.name
        mapped, unknown = _meanings(column, book)
        if (
            target.name == "country_code"
            and column.filled
            and sum(map(column.values.__getitem__, unknown)) > column.filled / 2
        ):
            return None
        common = [text for text in unknown if column.values[text] >= _COMMON * column.filled]
        if common and target.allowed:
            fallback = target.default or _CONSTANTS.get((entity.name, target.name)) or target.allowed[-1]
            mapped |= dict.fromkeys(common, fallback)
            confidence = Confidence.GUESS
            why = f"not known and taken for {fallback}: {', '.join(common[:5])}"
        if mapped:
            form["map"] = mapped
    if target.type is Type.TEXT and column.shape == "decimal_number":
        form["extract"] = r"^(.*?)(?:\.0)?$"
    if target.type in (Type.MONEY, Type.NUMBER) and column.has_sign:
        form["extract"] = r"^[^\d-]*(-?[\d.,' ]*\d)"
    if target.type in (Type.DATE, Type.TIMESTAMP):
        own = [each for each in column.formats if each in _COMPACT or each not in formats]
        own = [each for position, each in enumerate(own) if not _contradicts(each, own[:position])]
        if column.formats and column.formats[0] in own:
            form["format"] = own[0] if len(own) == 1 else own
    return Found(column.name if len(form) == 1 else form, confidence, why)


def _why(match: Match) -> str:
    name, term = match.column.name, match.term
    if not match.column.filled:
        return f"by its name; there is nothing in {name}"
    if term is None or plain(name) == plain(term.text):
        return f"{name} says so" if match.score >= 0.93 else f"{name} may mean other things as well"
    return f"{name} is like {term.text}"


def _meanings(column: Column, book: str) -> tuple[dict[str, str], list[str]]:
    """What the texts of a closed set become, and those of which nothing is known."""
    known = meanings(book)
    mapped, unknown = {}, []
    for text in column.values:
        value = known.get(plain(text) or text)
        if value is None:
            unknown.append(text)
        elif value != text:
            mapped[text] = value
    return mapped, unknown


def _unknown_values(target: Target, column: Column, rule: Found[Any]) -> list[str]:
    """What is said of values that a closed set does not have."""
    mapped = rule.value.get("map", {}) if isinstance(rule.value, dict) else {}
    unknown = [text for text in column.values if target.allowed and text not in target.allowed and text not in mapped]
    if not unknown:
        return []
    return [f"{column.name} has {', '.join(unknown[:5])}, which {target.name} does not know: such rows are rejected."]


def _join_clock(entity: Entity, rules: Rules, matches: Mapping[str, Match], columns: Sequence[Column]) -> None:
    """A day in one column and the time in another: both make the moment."""
    names = [column.name for column in columns]
    for target, match in matches.items():
        column = match.column
        if entity[target].type is not Type.TIMESTAMP or column.type is Type.TIMESTAMP or not column.formats:
            continue
        behind = columns[names.index(column.name) + 1 :]
        if clock := next((each for each in behind if each.is_clock), None):
            seconds = ":%S" if clock.example.count(":") == 2 else ""
            form = {"template": f"{{{column.name}}} {{{clock.name}}}", "format": f"{column.formats[0]} %H:%M{seconds}"}
            rules[target] = Found(form, Confidence.LIKELY, f"{column.name} has the day, {clock.name} the time")


def _leave_document_amounts(rules: Rules, matches: Mapping[str, Match]) -> None:
    """An amount that may be the whole document's is not taken for the line's where the line's can be computed."""
    amount = matches.get("net_amount")
    if amount and amount.score < 0.93 and {"quantity", "unit_price"} <= rules.keys():
        del rules["net_amount"]


def _take_by_shape(entity: Entity, rules: Rules, columns: Sequence[Column]) -> None:
    """Columns without a name that their cells give away."""
    plain_ones = (column for column in columns if column.is_unique and column.shape not in ("path", "uuid"))
    if len(entity.key) == 1 and (unique := next(plain_ones, None)):
        rules[entity.key[0]] = Found(unique.name, Confidence.GUESS, "no two rows have the same in it")
    for target, shape in _SHAPED.items():
        column = next((column for column in columns if column.shape == shape), None)
        if column and target in entity and target not in rules:
            rules[target] = Found(column.name, Confidence.GUESS, f"its cells are like {column.example}")
    taken = {rule.value for rule in rules.values()}
    words = (
        column
        for column in columns
        if column.name not in taken
        and column.type is Type.TEXT
        and not column.shape
        and column.distinct * 2 > column.filled
    )
    if "name" in entity and is_needed(entity["name"]) and "name" not in rules and (column := next(words, None)):
        rules["name"] = Found(column.name, Confidence.GUESS, f"the first column of words, such as {column.example}")


def _widen_key(entity: Entity, rules: Rules, columns: Sequence[Column], sample: Sample) -> None:
    """A number that stands in several rows and is one of its own together with another column."""
    name = entity.key[0]
    rule = rules.get(name)
    if len(entity.key) > 1 or entity.master or rule is None or not isinstance(rule.value, str):
        return
    keys = sample[rule.value]
    if len(set(keys)) == len(keys):
        return
    for column in columns:
        if column.type in (Type.TEXT, Type.INT) and not column.empty and column.name != rule.value:
            pairs = set(zip(sample[column.name], keys, strict=True))
            if len(pairs) == len(keys):
                form = {"template": f"{{{column.name}}}-{{{rule.value}}}"}
                rules[name] = Found(form, Confidence.LIKELY, f"{rule.value} alone stands in several rows")
                return


def _feed(entity: Entity, rules: Rules, columns: Sequence[Column], sample: Sample, currency: Found[str]) -> list[str]:
    """Finds something for the needed columns that no column of the file was taken for; returns those that stay open."""
    for target in entity.columns:
        if is_needed(target) and target.name not in rules and target.name == "currency":
            rules[target.name] = Found({"constant": currency.value}, currency.confidence, currency.why)
    feeds: tuple[Callable[[Target], Found[Any] | None], ...] = (
        lambda target: _key(target, entity, rules, columns),
        lambda target: _line_number(target, entity, rules, sample),
        lambda target: _expression(target, rules),
        lambda target: _stand_in(target, entity, rules),
        lambda target: _constant(target, entity),
    )
    missing = []
    for target in entity.columns:
        if is_needed(target) and target.name not in rules:
            if found := next((found for feed in feeds if (found := feed(target))), None):
                rules[target.name] = found
            else:
                missing.append(target.name)
    return missing


def _key(target: Target, entity: Entity, rules: Rules, columns: Sequence[Column]) -> Found[Any] | None:
    if target.name != entity.key[0] or (
        (entity.name, target.name) in _STAND_INS and _STAND_INS[entity.name, target.name] in rules
    ):
        return None
    taken = {name for rule in rules.values() for name in file_columns(rule.value)}
    free = [
        column for column in columns if column.name not in taken and column.type in (Type.TEXT, Type.INT, Type.BOOL)
    ]
    if len(entity.key) == 1 and (unique := next((column for column in free if column.is_unique), None)):
        return Found(unique.name, Confidence.GUESS, "no two rows have the same in it")
    return None


def _line_number(target: Target, entity: Entity, rules: Rules, sample: Sample) -> Found[Any] | None:
    if target.name != "line_no" or entity.key[0] not in rules:
        return None
    document = entity.key[0]
    cells = _cells(rules[document].value, sample)
    if cells and len(set(cells)) == len(cells):
        return Found({"constant": 1}, Confidence.LIKELY, f"no {document} stands in two rows")
    return Found({"sequence_within": document}, Confidence.LIKELY, "the file numbers no lines")


def _expression(target: Target, rules: Rules) -> Found[Any] | None:
    text, names = _EXPRESSIONS.get(target.name, ("", ()))
    given = {name for name in names if name in rules and "expression" not in str(rules[name].value)}
    return Found({"expression": text}, Confidence.LIKELY, "computed") if text and given == set(names) else None


def _stand_in(target: Target, entity: Entity, rules: Rules) -> Found[Any] | None:
    other = _STAND_INS.get((entity.name, target.name))
    if other is None and target.name == "name":
        other = entity.key[0]
    if entity.name == "products" and target.name == "name" and other not in rules:
        other = "sku" if "sku" in rules else "product_id"
    if other not in rules:
        return None
    return Found(rules[other].value, Confidence.GUESS, f"the same as {other}: the file has no other")


def _constant(target: Target, entity: Entity) -> Found[Any] | None:
    value = _CONSTANTS.get((entity.name, target.name))
    if value is None:
        return None
    return Found({"constant": value}, Confidence.GUESS, "no column says it; put what is true of the whole file")


def _tell_credit_notes(rules: Rules, sample: Sample) -> None:
    """Letters before the numbers of documents with negative quantities only say which are credit notes."""
    if "document_type" in rules or not isinstance(
        number := rules.get("invoice_id", Found("", Confidence.GUESS, "")).value, str
    ):
        return
    amount = rules.get("quantity") or rules.get("net_amount")
    if amount is None or number not in sample:
        return
    prefixes: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, quantity in zip(sample[number], _cells(amount.value, sample), strict=False):
        found = re.match(r"[^\W\d_]+", text)
        prefixes[quantity.startswith("-")][found[0] if found else ""] += 1
    told = [prefix for prefix, count in prefixes[True].most_common() if prefix and count > 1]
    prefix = next((prefix for prefix in told if prefix not in prefixes[False]), None)
    if prefix:
        form = {"from": number, "extract": f"^({re.escape(prefix)}?)", "map": {prefix: "credit_note", "": "invoice"}}
        if len(prefix) > 1:
            form["extract"] = f"^((?:{re.escape(prefix)})?)"
        rules["document_type"] = Found(form, Confidence.LIKELY, f"only numbers with {prefix} have negative quantities")


def _fill_down(entity: Entity, rules: Rules, sample: Sample) -> Found[dict[str, Any]] | None:
    """Columns that are filled on the first row of a document and empty on its others."""
    document = entity.key[0]
    if len(entity.key) < 2 or "line_no" not in entity or document not in rules:
        return None
    keys = _cells(rules[document].value, sample)
    is_first = [position == 0 or keys[position - 1] != key for position, key in enumerate(keys)]
    others = [position for position, first in enumerate(is_first) if not first]
    firsts = [position for position, first in enumerate(is_first) if first]
    if not others or not all(keys):
        return None
    names = []
    for name, rule in rules.items():
        used = file_columns(rule.value)
        # A charge of the whole document would be multiplied by its rows.
        if name == document or not used or entity[name].type in (Type.MONEY, Type.NUMBER):
            continue
        cells = _cells(rule.value, sample)
        filled = sum(bool(cells[position]) for position in firsts)
        if filled and filled * 2 >= len(firsts) and not any(cells[position] for position in others):
            names.append(name)
    if not any(is_needed(entity[name]) for name in names):
        return None
    return Found({"within": document, "columns": names}, Confidence.SURE, "they stand on a document's first row only")


def _note_keys(proposal: Proposal, sample: Sample) -> None:
    """Says so when the proposed key stands in several rows."""
    entity, rules = proposal.entity, proposal.rules
    if any(name in proposal.missing for name in entity.key):
        return
    parts = [rules[name].value for name in entity.key if name in rules]
    if any(isinstance(part, dict) and "sequence_within" in part for part in parts):
        return
    rows = list(zip(*(_cells(part, sample) for part in parts), strict=False))
    repeated = len(rows) - len(set(rows))
    if repeated:
        names = ", ".join(name for name in entity.key if name in rules)
        proposal.notes.append(
            f"{repeated:,} of {len(rows):,} rows repeat the {names} of another. They are rejected, unless"
            " `duplicates: first` or `last` keeps one of them, or another column belongs to the key."
        )


def file_columns(value: Any) -> list[str]:
    """The file's columns that a form is made of."""
    if isinstance(value, str):
        return [value]
    if "template" in value:
        return re.findall(r"\{([^{}]+)\}", value["template"])
    return [value["from"]] if "from" in value else []


def _cells(value: Any, sample: Sample) -> list[str]:
    """The cells that a form reads, joined where there are several."""
    names = file_columns(value)
    if not names:
        rows = len(next(iter(sample.values()), []))
        return [str(value.get("constant", ""))] * rows
    return [" ".join(cells) for cells in zip(*(sample[name] for name in names), strict=True)]


def file_attributes(file: Mapping[str, Any]) -> dict[str, Any]:
    """Of a file's settings those that differ from the defaults."""
    defaults = FileFormat().model_dump()
    return {name: value for name, value in file.items() if _comparable(value) != _comparable(defaults[name])}


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value
