"""The call centre: telephone numbers, compared with the library phonenumbers, and follow-ups of lost calls."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from tests.conftest import database
from tests.dbt.building import Dbt, folder, insert
from tests.dbt.test_marts import UNKNOWN, rows
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

DELETED = "2025-03-01 12:00:00+00"
# Mobile numbers in Argentina have a 9 when dialled from abroad and a 15 within the country.
UNLIKE_OTHERS = {"AR"}
NO_COUNTRY = "001"


def test_the_calling_codes_are_those_of_the_library() -> None:
    def line(country: str, metadata: PhoneMetadata | None, kinds: tuple[str, ...]) -> dict[str, str]:
        assert metadata is not None
        lengths = [
            length
            for kind in kinds
            if (description := getattr(metadata, kind))
            for length in description.possible_length
            if length > 0
        ]
        # Within Belarus, 8 is followed by 0.
        trunk_prefix = "80" if country == "BY" else metadata.national_prefix or ""
        values = (country, metadata.country_code, trunk_prefix, min(lengths), max(lengths))
        names = ("country_code", "calling_code", "trunk_prefix", "shortest_number", "longest_number")
        return dict(zip(names, map(str, values), strict=True))

    expected = [
        line(country, PhoneMetadata.metadata_for_region(country), ("fixed_line", "mobile"))
        for country in sorted(phonenumbers.SUPPORTED_REGIONS)
    ] + [
        line(NO_COUNTRY, PhoneMetadata.metadata_for_nongeo_region(code), ("general_desc",))
        for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    ]
    with (DBT_PROJECT / "seeds" / "calling_codes.csv").open() as file:
        assert list(csv.DictReader(file)) == expected


@dataclass(frozen=True)
class Telephones:
    """A warehouse and the query of int_phone_numbers, which reads customers' numbers from a table of the test."""

    warehouse: Warehouse
    query: str = field(repr=False)

    def read(self, numbers: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The international form of numbers, by (country, as written)."""
        with self.warehouse.connect() as connection:
            connection.execute("create temporary table customer_phones_here (country_code text, written_number text)")
            connection.cursor().executemany("insert into customer_phones_here values (%s, %s)", numbers)
            found = connection.execute(self.query.encode()).fetchall()
            connection.rollback()
        return {(country, written): number for written, country, number in found}


def compiled(target: Path, model: str, relation: str, other: str) -> str:
    """The compiled query of a model, with one relation replaced."""
    path = next((folder(target) / "compiled" / "wiseparts" / "models").rglob(f"{model}.sql"))
    query, replaced = re.subn(rf'\S+"{relation}"', other, path.read_text())
    assert replaced == 1
    return query


@pytest.fixture(scope="module")
def telephones(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Telephones]:
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        Dbt(warehouse, target).build("--select", "+int_phone_numbers")
        query = compiled(target, "int_phone_numbers", "int_customer_phones", "customer_phones_here")
        yield Telephones(warehouse, query)


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def test_numbers_of_every_country_are_interpreted_as_by_the_library(telephones: Telephones) -> None:
    expected: dict[tuple[str, str], str] = {}
    for country in phonenumbers.SUPPORTED_REGIONS - UNLIKE_OTHERS:
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(country, kind)
            if not number:
                continue
            abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
            at_home = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
            expected |= {
                ("GR", abroad): e164(number),
                ("GR", "00" + abroad.removeprefix("+")): e164(number),
                ("GR", phonenumbers.format_number(number, PhoneNumberFormat.RFC3966) + ";ext=12"): e164(number),
                (country, at_home): e164(number),
                (country, at_home + " ext. 34"): e164(number),
                (country, phonenumbers.national_significant_number(number)): e164(number),
            }

    found = telephones.read(list(expected))

    assert {key: (found.get(key), number) for key, number in expected.items() if found.get(key) != number} == {}


COUNTRIES = ("GR", "CY", "BG", "RO", "IT", "DE", "FR", "GB", "TR", "HU", "RU", "US", "AL", "RS", "NL", "PL", "ES")


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A country and a number as written there: of one of COUNTRIES, with arbitrary last digits and separators."""
    country, reader = draw(st.sampled_from(COUNTRIES)), draw(st.sampled_from(COUNTRIES))
    kind = draw(st.sampled_from((PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)))
    example = phonenumbers.example_number_for_type(country, kind)
    assert example
    national = phonenumbers.national_significant_number(example)
    digits = national[:-4] + draw(st.text("0123456789", min_size=4, max_size=4))
    sign = draw(st.sampled_from(("+", "00", "+ ", "(+", " +")))
    trunk = draw(st.sampled_from(("", "(0)"))) if country in ("DE", "GB", "FR", "RO", "BG", "NL", "TR") else ""
    if draw(st.booleans()):
        reader = country
        metadata = PhoneMetadata.metadata_for_region(country)
        assert metadata
        start = draw(st.sampled_from(("", metadata.national_prefix or "")))
    else:
        start = f"{sign}{example.country_code}{')' if '(' in sign else ''}{trunk}"
    separators = st.sampled_from(("", "", "", " ", "-", ".", "/", " - ", "\u00a0"))
    grouped = "".join(digit + draw(separators) for digit in digits[:-1]) + digits[-1]
    return reader, start + grouped + draw(st.sampled_from(("", "", " ext 5", " x12", "#3", ";ext=7", "@pbx.example")))


@given(st.lists(written_numbers(), min_size=1, max_size=40))
def test_a_number_that_is_valid_for_the_library_is_interpreted_as_by_it(
    telephones: Telephones, numbers: list[tuple[str, str]]
) -> None:
    expected = {}
    for country, written in numbers:
        number = phonenumbers.parse(written.split("@")[0], country)
        if phonenumbers.is_valid_number(number):
            number.extension = None
            expected[country, written] = e164(number)

    found = telephones.read(numbers)

    assert {key: found.get(key) for key in expected} == expected


@given(st.lists(st.tuples(st.sampled_from(COUNTRIES), st.text(max_size=20).map(lambda text: text.replace("\0", "")))))
def test_any_text_gives_digits_or_nothing(telephones: Telephones, numbers: list[tuple[str, str]]) -> None:
    for number in telephones.read(numbers).values():
        assert number.removeprefix("+").isdecimal()
        assert 7 <= len(number) - 1 <= 15


def call(call_id: str, number: str | None, at: str, **others: Any) -> dict[str, Any]:
    """An inbound call from a number on 15 January 2025, lost after 30 seconds unless `others` differ."""
    values = {"call_id": call_id, "started_at": f"2025-01-15 {at}+00", "caller_number": number, "wait_seconds": 30}
    return values | {"direction": "inbound", "disposition": "lost"} | others


CUSTOMERS = [
    {"customer_id": "C1", "name": "Alfa", "phone": "210 1000001", "country_code": "GR"},
    {"customer_id": "C2", "name": "Beta", "phone": "02 987 6543", "country_code": "BG"},
    {"customer_id": "C3", "name": "Gone", "phone": "210 1000003", "_deleted_at": DELETED},
]
BRANCHES = [
    {"branch_id": "B1", "customer_id": "C1", "name": "Alfa Piraeus", "phone": "(0030) 210-1000011"},
    {"branch_id": "B2", "customer_id": "C1", "name": "Closed", "phone": "210 1000012", "_deleted_at": DELETED},
]
CONTACTS: list[dict[str, Any]] = [
    {"contact_id": "P1", "customer_id": "C1", "phone": "+30 210 1000099", "mobile": "6900000001"},
    {"contact_id": "P2", "customer_id": "C2", "phone": "210 1000099", "mobile": None},
    {"contact_id": "P3", "customer_id": "C3", "phone": "210 1000031", "mobile": None},
]
CALLS = [
    call("own", "2101000001", "08:00:00", queue="sales"),
    call("branch", "+302101000011", "08:01:00", queue="sales", wait_seconds=5),
    call("contact", "00306900000001", "08:02:00", wait_seconds=6),
    call("abroad", "+35929876543", "08:03:00", disposition="answered", agent_id="A1", wait_seconds=20),
    call(
        "named", "+302101000001", "08:04:00", customer_id="C2", disposition="answered", agent_id="A1", talk_seconds=60
    ),
    call("of two", "210 1000099", "08:05:00", queue="orders", wait_seconds=40),
    call("of a deleted one", "2101000003", "08:06:00", disposition="voicemail"),
    call("of a deleted branch", "2101000012", "08:07:00", disposition="voicemail"),
    call("of the deleted one's contact", "2101000031", "08:08:00", disposition="voicemail"),
    call("withheld", "anonymous", "08:09:00"),
    call("back", "200", "09:00:00", direction="outbound", called_number="6900000001", agent_id="A2"),
    call("among us", "201", "09:01:00", direction="internal", called_number="200", disposition="answered"),
    call("of yesterday", "210 1000099", "08:00:00", started_at="2025-01-14 21:59:59+00", disposition="failed"),
]


@pytest.fixture(scope="module")
def call_center(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Warehouse]:
    """The marts of the calls above; read-only."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        with warehouse.connect() as connection:
            insert(connection, "customers", CUSTOMERS)
            insert(connection, "customer_branches", BRANCHES)
            insert(connection, "contacts", CONTACTS)
            insert(connection, "calls", CALLS)
        reports = ("+lost_calls", "+call_center_daily", "+call_center_by_queue_daily")
        Dbt(warehouse, target).build("--select", *reports)
        yield warehouse


def test_a_caller_is_the_only_customer_with_the_number(call_center: Warehouse) -> None:
    calls = rows(call_center, "select call_id, customer_key, customer_match from fct_calls")

    assert {call_id: (customer, match) for call_id, customer, match in calls} == {
        "own": ("C1", "number"),
        "branch": ("C1", "number"),
        "contact": ("C1", "number"),
        "abroad": ("C2", "number"),
        "named": ("C2", "telephone system"),
        "of two": (UNKNOWN, "ambiguous"),
        "of a deleted one": (UNKNOWN, "none"),
        "of a deleted branch": (UNKNOWN, "none"),
        "of the deleted one's contact": (UNKNOWN, "none"),
        "withheld": (UNKNOWN, "none"),
        "back": ("C1", "number"),
        "among us": (UNKNOWN, "none"),
        "of yesterday": (UNKNOWN, "ambiguous"),
    }


def test_a_call_back_to_any_number_of_the_customer_follows_the_lost_calls(call_center: Warehouse) -> None:
    lost = rows(
        call_center,
        """
        select call_id, seconds_until_called_back, called_back_by, seconds_until_called_again, follow_up
        from lost_calls order by started_at
        """,
    )

    assert lost == [
        # Lost at 08:00:30; "branch", a short abandon, came at 08:01:00, "named" from the same number was answered, and
        # the call back was at 09:00:00.
        ("own", 3570, "A2", 30, "reached"),
        ("contact", 3474, "A2", None, "tried"),
        ("of two", None, None, None, "open"),
        ("withheld", None, None, None, "open"),
    ]


def test_a_day_has_its_lost_calls_short_abandons_and_busiest_hour(call_center: Warehouse) -> None:
    days = rows(
        call_center,
        """
        select date_day, calls, offered_calls, answered_calls, lost_calls, short_abandoned_calls, voicemail_calls,
            failed_calls, service_level, longest_wait_seconds, busiest_hour, busiest_hour_offered_calls
        from call_center_daily order by date_day
        """,
    )

    # 08:00 UTC is 10 o'clock in Athens. Two were answered, one of them in time, and four lost.
    assert [(day.day, *figures) for day, *figures in days] == [
        (14, 1, 1, 0, 0, 0, 0, 1, None, 30, 23, 1),
        (15, 12, 10, 2, 4, 1, 3, 0, Decimal("0.166667"), 40, 10, 10),
    ]


def test_every_call_is_in_one_cell_of_each_report(call_center: Warehouse) -> None:
    def cells(mart: str, column: str) -> dict[Any, int]:
        return dict(rows(call_center, f"select {column}, sum(calls)::int from {mart} group by 1"))

    assert cells("call_center_hourly", "hour") == {10: 10, 11: 2, 23: 1}
    assert cells("call_center_by_queue_daily", "queue") == {"sales": 2, "orders": 1, "(none)": 10}
    assert cells("call_center_by_agent_daily", "agent_id") == {"A1": 2, "A2": 1, "(none)": 10}


@dataclass(frozen=True)
class Call:
    """A call of fct_calls; times are in seconds, and a lost call ends when the caller hangs up."""

    number: str | None
    customer: str
    direction: str
    disposition: str
    start: int
    wait: int

    @property
    def is_lost(self) -> bool:
        return (self.direction, self.disposition) == ("inbound", "lost")

    @property
    def parties(self) -> set[str]:
        return {party for party in (self.number, self.customer) if party not in (None, UNKNOWN)}  # type: ignore[misc]


CALLS_OF_FEW = st.builds(
    Call,
    number=st.sampled_from([None, "+301", "+302", "+303"]),
    customer=st.sampled_from([UNKNOWN, UNKNOWN, "C1", "C2"]),
    direction=st.sampled_from(["inbound", "inbound", "inbound", "outbound", "outbound", "internal"]),
    disposition=st.sampled_from(["lost", "lost", "answered", "busy"]),
    # Few moments, so that calls coincide: one morning and around the end of the 24 hours that count.
    start=st.sampled_from([half_hour * 1800 for half_hour in (0, 1, 2, 3, 4, 5, 6, 47, 48, 49, 50, 51, 52, 53)]),
    wait=st.sampled_from([1, 1800, 3600]),
)


@given(st.lists(CALLS_OF_FEW, min_size=12, max_size=25))
def test_follow_ups_of_lost_calls_are_those_found_by_comparing_every_pair_of_calls(
    call_center: Warehouse, target: Path, calls: list[Call]
) -> None:
    def first(lost: Call, wanted: Callable[[Call], bool]) -> str | None:
        later = [
            (call.start, f"{position:02}")
            for position, call in enumerate(calls)
            if call.direction != "internal"
            and wanted(call)
            and call.parties & lost.parties
            and 0 < call.start - lost.start - lost.wait <= 24 * 3600
        ]
        return min(later)[1] if later else None

    expected = {
        (
            f"{position:02}",
            first(call, lambda other: other.direction == "outbound"),
            first(call, lambda other: other.direction == "inbound"),
            first(call, lambda other: other.disposition == "answered"),
        )
        for position, call in enumerate(calls)
        if call.is_lost
    }

    query = compiled(target, "lost_calls", "fct_calls", "calls_here")
    with call_center.connect() as connection:
        connection.execute("create temporary table calls_here (like marts.fct_calls)")
        connection.cursor().executemany(
            """
            insert into calls_here
                (call_id, outside_number, customer_key, direction, disposition, started_at, wait_seconds, is_lost)
            values (%s, %s, %s, %s, %s, to_timestamp(%s), %s, %s)
            """,
            [
                (
                    f"{position:02}",
                    call.number,
                    call.customer,
                    call.direction,
                    call.disposition,
                    call.start,
                    call.wait,
                    call.is_lost,
                )
                for position, call in enumerate(calls)
            ],
        )
        columns = "call_id, called_back_call_id, called_again_call_id, reached_call_id"
        found = connection.execute(f"select {columns} from ({query}) as lost".encode()).fetchall()
        connection.rollback()

    assert len(found) == len(expected)
    assert set(found) == expected
