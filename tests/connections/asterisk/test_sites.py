"""What differs from one site to the next: tables, columns, rights, kinds of times."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.proxy import Trouble, proxied
from tests.connections.asterisk.databases import PASSWORD, Database, recorded
from tests.connections.asterisk.made import CALLS, LONG
from tests.connections.systems import Unpaced
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.importing import packaged_pull
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.asterisk import Asterisk, system
from wiseparts_pipeline.connections.asterisk.tables import earliest_local
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Record, Selection
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, TooLate, UnexpectedAnswer, Unreachable
from wiseparts_pipeline.errors import ConfigurationError

# Fields of a record that are the same at every site.
SAME = ("call", "start", "answer", "end", "outcome", "queue", "answered_by", "wait", "talk")


def pull_in(zone: str = "UTC") -> PullSettings:
    packaged = packaged_pull("asterisk", "calls")
    assert packaged is not None
    return packaged.model_copy(update={"timezone": zone})


def records(database: Database, selection: Selection | None = None, zone: str = "UTC") -> dict[str, Record]:
    """By caller."""
    with Asterisk(database.settings, Unpaced()) as asterisk:
        found = list(asterisk.records(pull_in(zone), selection or Everything()))
    assert len(found) == len({record["call"] for record in found})
    return {record["cdr"]["src"]: record for record in found}


def read_all(settings: ConnectionSettings) -> list[Record]:
    with Asterisk(settings, Unpaced()) as asterisk:
        return list(asterisk.records(pull_in(), Everything()))


def notes(database: Database) -> list[str]:
    with Asterisk(database.settings, Unpaced()) as asterisk:
        return list(asterisk.notes([pull_in()]))


def test_pages_have_each_call_once(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = records(filled)
    monkeypatch.setattr(system, "_CALLS_AT_ONCE", 3)

    assert records(filled) == whole
    assert whole.keys() == {call.caller for call in CALLS}


@pytest.mark.parametrize(
    ("since", "zone", "found"),
    [
        ("2026-11-28T07:03:48+00:00", "UTC", {LONG}),
        ("2026-11-28T07:03:49+00:00", "UTC", set()),
        # The tables have the times of a place that is two hours ahead.
        ("2026-11-28T05:03:48+00:00", "Europe/Athens", {LONG}),
        ("2026-11-28T05:03:49+00:00", "Europe/Athens", set()),
    ],
)
def test_changes_are_the_calls_that_ended_at_a_moment_or_later(
    filled: Database, since: str, zone: str, found: set[str]
) -> None:
    assert records(filled, ChangedSince(datetime.fromisoformat(since)), zone).keys() == found


def test_clocks_that_are_set_back_hide_no_call() -> None:
    # At 01:00 UTC of this day the clocks of Athens go from 04:00 to 03:00.
    before = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    assert earliest_local(before, "Europe/Athens") == datetime(2026, 10, 25, 2, 50)
    assert earliest_local(before.replace(hour=1), "Europe/Athens") == datetime(2026, 10, 25, 3, 50)


def test_a_call_with_a_part_that_ended_before_comes_whole(database: Database) -> None:
    first, second = (row for row in recorded("cdr") if row["src"] == "2100000005")
    database.insert("cdr", [first, second | {"calldate": "2026-11-28 07:03:40", "end": "2026-11-28 07:03:44"}])
    database.insert("queue_log", recorded("queue_log"))

    found = records(database, ChangedSince(datetime(2026, 11, 28, 7, 3, 44, tzinfo=UTC)))

    call = found["2100000005"]
    assert [call[field] for field in SAME[1:]] == [
        "2026-11-28 07:03:25",
        None,
        "2026-11-28 07:03:44",
        "EXITWITHTIMEOUT",
        "service",
        None,
        "3",
        None,
    ]


def test_tables_of_freepbx_say_the_same(filled: Database) -> None:
    """They have neither `answer` nor `end`, further columns, and times of the queues' log as text."""
    whole = records(filled)
    mark = '"' if filled.kind == "postgresql" else "`"
    text = "varchar(26)" if filled.kind == "postgresql" else "char(26)"
    filled.run(
        f"""
        alter table cdr drop column answer;
        alter table cdr drop column {mark}end{mark};
        alter table cdr add column {mark}it's 100 %{mark} varchar(80) default 'x';
        alter table queue_log add column written {text};
        update queue_log set written = cast(time as {text});
        alter table queue_log drop column time;
        alter table queue_log rename column written to time;
        """
    )

    found = records(filled)

    assert {caller: [record[field] for field in SAME] for caller, record in found.items()} == {
        caller: [record[field] for field in SAME] for caller, record in whole.items()
    }
    assert found[LONG]["cdr"]["it's 100 %"] == "x"
    since = ChangedSince(datetime(2026, 11, 28, 7, 3, 48, tzinfo=UTC))
    assert records(filled, since).keys() == {LONG}
    assert len(notes(filled)) == 3


def test_times_with_a_zone_are_compared_as_such(filled: Database) -> None:
    if filled.kind == "postgresql":
        zoned = "set timezone = 'UTC'; alter table cdr alter column {0} type timestamptz;"
        mark = '"'
    else:
        zoned = "set time_zone = '+00:00'; alter table cdr modify column {0} timestamp null;"
        mark = "`"
    filled.run("".join(zoned.format(f"{mark}{name}{mark}") for name in ("calldate", "answer", "end")))

    found = records(filled, ChangedSince(datetime(2026, 11, 28, 7, 3, 48, tzinfo=UTC)), "Europe/Athens")

    assert {caller: record["end"] for caller, record in found.items()} == {LONG: "2026-11-28 07:03:48+00:00"}


def test_without_a_log_of_queues_a_queued_call_that_nobody_took_is_lost(empty: Database) -> None:
    empty.create()
    empty.fill()
    empty.allow("cdr")

    found = records(empty)

    assert {caller: (record["outcome"], record["queue"]) for caller, record in found.items() if record["queue"]} == {
        "2100000003": ("ANSWERED", "sales"),
        "2100000004": ("NO ANSWER", "service"),
        "2100000005": ("NO ANSWER", "service"),
    }
    assert "there is no table `queue_log`" in notes(empty)[0]


def test_calls_that_are_over_without_a_record_tell_of_batches(filled: Database) -> None:
    assert "does not show" in notes(filled)[-1]
    filled.run("delete from cdr where src = '2100000004'")

    assert "1 of the last calls in queues are over, and have no call record yet" in notes(filled)[-1]


def test_a_missing_column_is_named(database: Database) -> None:
    database.run("alter table cdr drop column disposition; alter table cdr drop column uniqueid;")

    with pytest.raises(UnexpectedAnswer, match="the table `cdr` has no column uniqueid, disposition"):
        records(database)


def test_a_table_that_may_not_be_read_is_named(empty: Database) -> None:
    empty.create()
    empty.allow("queue_log")

    with pytest.raises(Refused, match="no table `cdr` that the user may read"):
        records(empty)


def test_the_user_can_write_nothing(database: Database) -> None:
    with Asterisk(database.settings, Unpaced()) as asterisk, pytest.raises(Refused):
        asterisk._session.rows("delete from cdr")


@pytest.mark.parametrize("wrong", [{"password": "other secret"}, {"username": "nobody"}])
def test_a_wrong_login_is_refused_without_a_secret(database: Database, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(LoginRefused) as refused:
        Asterisk(database.settings_with(**wrong), Unpaced())
    assert "correct username and password" in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert "other secret" not in str(refused.value)


def test_another_database_is_refused_and_another_port_is_unreachable(database: Database) -> None:
    with pytest.raises(Refused, match="correct the `url`"):
        Asterisk(database.settings_with(url=f"{database.settings.url}x"), Unpaced())
    with pytest.raises(Unreachable, match="cannot be reached"):
        Asterisk(database.settings_with(url=f"{database.kind}://127.0.0.1:1/asterisk"), Unpaced())


def test_over_a_network_only_an_encrypted_session_with_a_known_server_is_opened(
    filled: Database, certificate: Path
) -> None:
    # Another name of this machine, which is taken for one of the network.
    url = filled.settings.url.replace("127.0.0.1", "127.1")
    with pytest.raises(Refused, match="whose certificate is trusted"):
        Asterisk(filled.settings_with(url=url), Unpaced())
    with pytest.raises(Refused, match="whose certificate is trusted"):
        Asterisk(filled.settings_with(url=url, ca_file=certificate), Unpaced())
    with Asterisk(filled.settings_with(url=url, allow_plaintext=True), Unpaced()) as asterisk:
        assert len(list(asterisk.records(pull_in(), Everything()))) == len(CALLS)

    known = filled.settings_with(url=url.replace("127.1", "localhost"), ca_file=certificate)
    question = {
        "postgresql": "select ssl::text as is_so from pg_stat_ssl where pid = pg_backend_pid()",
        "mysql": "select variable_value <> '' as is_so from information_schema.session_status"
        " where variable_name = 'Ssl_cipher'",
    }[filled.kind]
    with Asterisk(known, Unpaced()) as asterisk:
        assert str(asterisk._session.rows(question)[0]["is_so"]) in ("true", "1")


def test_a_query_that_takes_too_long_is_given_up(filled: Database) -> None:
    wait = "pg_sleep(9) is not null" if filled.kind == "postgresql" else "sleep(9) = 0"
    filled.run(f"alter table cdr rename to records; create view cdr as select * from records where {wait}")
    filled.allow("cdr")

    with (
        Asterisk(filled.settings_with(timeout_seconds=0.5), Unpaced()) as asterisk,
        pytest.raises(Unreachable, match=r"not done after 0\.5 s"),
    ):
        list(asterisk.records(pull_in(), Everything()))


def test_a_query_is_given_up_at_the_deadline(filled: Database) -> None:
    wait = "pg_sleep(9) is not null" if filled.kind == "postgresql" else "sleep(9) = 0"
    filled.run(f"alter table cdr rename to records; create view cdr as select * from records where {wait}")
    filled.allow("cdr")
    started = time.monotonic()

    with (
        Asterisk(filled.settings, Unpaced()) as asterisk,
        within(0.5, "a moment"),
        pytest.raises(TooLate, match="was not done within a moment"),
    ):
        list(asterisk.records(pull_in(), Everything()))
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("after", [1, 3000])
def test_a_server_that_falls_silent_is_left_at_the_deadline(filled: Database, after: int) -> None:
    with proxied(filled.settings.port, Trouble.STALL, after) as proxy:
        settings = filled.settings_with(url=filled.settings.url.replace(f":{filled.settings.port}/", f":{proxy.port}/"))
        started = time.monotonic()
        # In which so much has come also where much else is going on.
        with within(3, "a moment"), pytest.raises(TooLate, match="was not done within a moment"):
            read_all(settings)
        assert time.monotonic() - started < 6
        assert proxy.happened


def test_other_entities_are_not_there() -> None:
    with pytest.raises(ConfigurationError, match="asterisk has calls, and no customers"):
        Asterisk.readable(pull_in().model_copy(update={"entity": "customers"}))
