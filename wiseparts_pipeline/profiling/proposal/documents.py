"""Rules that take several columns or rows into account: composite keys, credit notes, times."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.mapping import Match
from wiseparts_pipeline.profiling.proposal.rules import Rules, SampleCells, cells_of, file_columns, is_negative
from wiseparts_pipeline.profiling.terms import plain

_SECOND_LINE = re.compile(r"\b(address|adress|adresse|adres|addr|street|strasse|straat|rue|via|calle|gata).*\b2$")
# Of calls: what only those that were answered have.
_OF_ANSWERED = ("answered_at", "talk_seconds")


def join_time(entity: Entity, rules: Rules, matches: Mapping[str, Match], columns: Sequence[ColumnProfile]) -> None:
    """A date in one column and the time in another are joined to a timestamp."""
    names = [column.name for column in columns]
    for target, match in matches.items():
        column = match.column
        if entity[target].type is not Type.TIMESTAMP or column.type is Type.TIMESTAMP or not column.formats:
            continue
        following = columns[names.index(column.name) + 1 :]
        if clock := next((each for each in following if each.is_clock), None):
            seconds = ":%S" if clock.example.count(":") == 2 else ""
            form = {"template": f"{{{column.name}}} {{{clock.name}}}", "format": f"{column.formats[0]} %H:%M{seconds}"}
            rules[target] = Finding(form, Confidence.LIKELY, f"{column.name} has the day, {clock.name} the time")


def drop_document_amounts(rules: Rules, matches: Mapping[str, Match]) -> None:
    """An amount that may be that of the whole document is not used for the line if that can be calculated."""
    amount = matches.get("net_amount")
    if amount and amount.score < 0.93 and {"quantity", "unit_price"} <= rules.keys():
        del rules["net_amount"]


def extend_key(entity: Entity, rules: Rules, columns: Sequence[ColumnProfile], sample: SampleCells) -> None:
    """Joins a key that occurs in several rows with another column, if both together are unique."""
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
                rules[name] = Finding(form, Confidence.LIKELY, f"{rule.value} alone occurs in several rows")
                return


def recognise_credit_notes(rules: Rules, sample: SampleCells) -> None:
    """A prefix that only numbers of documents with negative quantities have marks credit notes."""
    if "document_type" in rules or not isinstance(
        number := rules.get("invoice_id", Finding("", Confidence.GUESS, "")).value, str
    ):
        return
    amount = rules.get("quantity") or rules.get("net_amount")
    if amount is None or number not in sample:
        return
    prefixes: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, quantity in zip(sample[number], cells_of(amount.value, sample), strict=False):
        found = re.match(r"[^\W\d_]+", text)
        prefixes[quantity.startswith("-")][found[0] if found else ""] += 1
    common = [prefix for prefix, count in prefixes[True].most_common() if prefix and count > 1]
    prefix = next((prefix for prefix in common if prefix not in prefixes[False]), None)
    if prefix:
        form = {"from": number, "extract": f"^({re.escape(prefix)}?)", "map": {prefix: "credit_note", "": "invoice"}}
        if len(prefix) > 1:
            form["extract"] = f"^((?:{re.escape(prefix)})?)"
        rules["document_type"] = Finding(
            form, Confidence.LIKELY, f"only numbers with {prefix} have negative quantities"
        )


def credit_notes_by_sign(entity: Entity, rules: Rules, sample: SampleCells) -> None:
    """A kind of document that seems to be an invoice, but has negative amounts only, is a credit note."""
    signs = entity.signs
    rule = rules.get(signs.kind) if signs else None
    if signs is None or rule is None or not isinstance(rule.value, dict) or "from" not in rule.value:
        return
    amounts = next(
        (rules[name].value for name in signs.columns if name in rules and file_columns(rules[name].value)), None
    )
    mapped: dict[str, str] = rule.value.get("map", {})
    if amounts is None or "extract" in rule.value:
        return
    negative: dict[str, set[bool]] = {}
    for kind, cell in zip(sample[rule.value["from"]], cells_of(amounts, sample), strict=True):
        if kind and re.search(r"[1-9]", cell):
            negative.setdefault(kind, set()).add(is_negative(cell))
    invoices = {kind for kind in negative if mapped.get(kind, kind) == "invoice"}
    wrong = {kind for kind in invoices if negative[kind] == {True}}
    if wrong and wrong != invoices:
        form = rule.value | {"map": mapped | dict.fromkeys(wrong, "credit_note")}
        why = f"all amounts of {', '.join(sorted(wrong))} are negative"
        rules[signs.kind] = Finding(form, Confidence.LIKELY, why)


def take_from_answered(rules: Rules, sample: SampleCells) -> None:
    """The time and duration of a conversation are those of answered calls only."""
    outcome = rules.get("disposition")
    if outcome is None or not (names := file_columns(outcome.value)) or len(names) > 1:
        return
    mapped = outcome.value.get("map", {}) if isinstance(outcome.value, dict) else {}
    texts = sorted({text for text in sample[names[0]] if mapped.get(text, text) == "answered"})
    for target in _OF_ANSWERED:
        rule = rules.get(target)
        if rule is None or not texts or not isinstance(rule.value, str):
            continue
        cells = zip(sample[names[0]], sample[rule.value], strict=True)
        others = {cell for text, cell in cells if text not in texts and cell}
        if not others:
            continue
        if any(cell.strip("0:.,") for cell in others):
            words = "|".join(map(re.escape, texts))
            words = f"(?:{words})" if len(texts) > 1 else words
            form = {"template": f"{{{names[0]}}} {{{rule.value}}}", "extract": f"^{words} (.+)$"}
            rules[target] = Finding(form, Confidence.LIKELY, f"{rule.value} of calls that were answered")
        else:
            rules[target] = Finding(rule.value, Confidence.LIKELY, "zero for calls that were not answered")


def add_second_line(rules: Rules, columns: Sequence[ColumnProfile]) -> None:
    """A street that goes on in the second line of an address."""
    rule = rules.get("street")
    used = {name for each in rules.values() for name in file_columns(each.value)}
    second = next((each for each in columns if each.filled and _SECOND_LINE.search(plain(each.name))), None)
    if rule is None or second is None or second.name in used or not isinstance(rule.value, str):
        return
    form = {"template": f"{{{rule.value}}}, {{{second.name}" + "?}", "extract": "^(.*?),? *$"}
    rules["street"] = Finding(form, Confidence.LIKELY, f"it goes on in {second.name}")
