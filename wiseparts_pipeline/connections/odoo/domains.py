"""Conditions on records as Odoo takes them: with signs before what they join."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from wiseparts_pipeline.connections.base import ChangedSince, Everything, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.connections.odoo.entities import CODES, Condition, Reading
from wiseparts_pipeline.connections.odoo.reader import number_of
from wiseparts_pipeline.connections.odoo.schema import Schema
from wiseparts_pipeline.connections.odoo.values import moment

Domain = list[object]

# Of keys in one request.
_MOST_KEYS = 200


def domains(reading: Reading, entity: str, selection: Selection, schema: Schema) -> Iterator[Domain]:
    """The domains of what is selected; with many keys, several ones. Raises ConnectionFailure."""

    def all_of(*groups: Sequence[Condition]) -> Domain:
        return [part for group in groups for part in _any_of(_there(group, reading, entity, schema))]

    match selection:
        case Everything():
            yield all_of(*reading.where, *reading.open)
        case ChangedSince(since):
            yield [*all_of(*reading.where, *reading.open), *_any_of(_changed(reading, since, schema))]
        case WithKeys(keys, of):
            further = () if of == entity else (*reading.open, *reading.open_of_owner)
            always = all_of(*reading.where, *further)
            for first in range(0, len(keys), _MOST_KEYS):
                yield [*always, *_any_of(_with_keys(reading, entity, of, keys[first : first + _MOST_KEYS]))]


def _there(group: Sequence[Condition], reading: Reading, entity: str, schema: Schema) -> list[Condition]:
    """The conditions on what is there."""
    there = [each for each in group if schema.can_ask_for(reading.model, each[0])]
    if not there:
        names = " or ".join(each[0] for each in group)
        raise Refused(
            f"{schema.place(reading.model)}: there is no {names} that the user may see, which {entity} are told by;"
            " give the user the right to, or remove the pull"
        )
    return there


def _changed(reading: Reading, since: datetime, schema: Schema) -> list[Condition]:
    """Created or changed, or something of it was."""
    there = [f"{each}." for each in reading.touched if schema.can_ask_for(reading.model, each)]
    return [(f"{place}write_date", ">=", moment(since)) for place in ("", *there)]


def _with_keys(reading: Reading, entity: str, of: str, keys: Sequence[str]) -> list[Condition]:
    field = reading.asked if of == entity else dict(reading.owners)[of]
    name = field.rpartition(".")[2]
    if name == "id":
        # The number is behind the document's.
        return [(field, "in", [int(each) for key in keys if (each := key.rpartition("/")[2]).isdecimal()])]
    return _with_codes(field, keys) if name in CODES.values() else [(field, "in", list(keys))]


def with_codes(field: str, codes: Sequence[str]) -> Domain:
    """The domain of records with these codes, which are in a field, or made of their numbers."""
    return _any_of(_with_codes(field, codes))


def _with_codes(field: str, codes: Sequence[str]) -> list[Condition]:
    before = field.rpartition(".")[0]
    made = [int(number) for code in codes if (number := number_of(code))]
    return [(field, "in", list(codes)), (f"{before}.id" if before else "id", "in", made)]


def _any_of(conditions: Sequence[Condition]) -> Domain:
    return [*["|"] * (len(conditions) - 1), *(list(each) for each in conditions)]
