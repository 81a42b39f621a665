"""Rules that take several columns or rows into account: composite keys, credit notes, times."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.mapping import Match
from wiseparts_pipeline.profiling.proposal.rules import Rules, SampleCells, cells_of


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
