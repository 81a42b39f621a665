"""Calls over a living Asterisk, pulled while they are made; `install.sh` installs it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.conftest import database as new_warehouse
from tests.connections.asterisk import pbx
from tests.connections.asterisk.conftest import Server, installed
from tests.connections.asterisk.databases import Database, new_database
from tests.connections.asterisk.made import CALLS, LONG, Made
from tests.connections.installed import alone
from tests.installation import Installation
from tests.waiting import eventually
from wiseparts_pipeline.warehouse import Warehouse

# Of the machine, which is busy.
TOLERANCE_SECONDS = 2
BATCH_SECONDS = 12
PASSWORD = "secret"
# Disposition, seconds of waiting and of talking, queue, agent.
Row = tuple[str, int | None, int | None, str | None, str | None]


@pytest.fixture(scope="module", autouse=True)
def asterisk() -> None:
    """Waits while it is being installed."""
    if not pbx.is_installed():
        with alone(pbx.root()):
            if not pbx.is_installed():
                pytest.skip("needs an Asterisk: run tests/connections/asterisk/install.sh as root")


@dataclass(frozen=True)
class Site:
    """An Asterisk, its database, and an installation that pulls from it."""

    pbx: pbx.Pbx
    database: Database
    installation: Installation
    warehouse: Warehouse

    def make_calls(self) -> None:
        """Returns when all are over but the long one, which lasts until it is ended."""
        began = time.monotonic()
        for call in CALLS:
            eventually(lambda call=call: time.monotonic() - began >= call.begins, interval=0.02)  # type: ignore[misc]
            lasts = 600 if call.caller == LONG else call.hangs_up_after
            self.pbx.call(call.number, caller=call.caller, hangs_up_after=lasts)
        for caller in self.pbx.calls[1:]:
            caller.wait()

    def pull(self) -> dict[str, Row]:
        """By caller, what is known of the calls afterwards."""
        done = self.installation.run("pull")
        assert done.status == 0, done.err
        with self.warehouse.connect() as connection:
            rows = connection.execute(
                "select caller_number, disposition, wait_seconds, talk_seconds, queue, agent_id from raw.calls"
            ).fetchall()
        assert len(rows) == len({row[0] for row in rows})
        return {caller: row for caller, *row in rows}


@pytest.fixture
def site(
    request: pytest.FixtureRequest, server: Server, postgres_url: str, prepared_url: str, tmp_path: Path
) -> Iterator[Site]:
    template = urlsplit(prepared_url).path.removeprefix("/")
    with new_database(server("postgresql")) as database, new_warehouse(postgres_url, template) as url:
        writer = f"writer_{uuid4().hex}"
        database.create()
        database.allow("cdr", "queue_log")
        database.run(
            f"create role {writer} login password '{PASSWORD}';"
            f"grant select, insert on all tables in schema public to {writer};"
            f"grant usage on all sequences in schema public to {writer};"
        )
        parts = urlsplit(database.url)
        written_to = parts._replace(netloc=f"{writer}:{PASSWORD}@127.0.0.1:{parts.port}").geturl()
        with pbx.running(written_to, batch_seconds=request.param) as running:
            yield Site(running, database, installed(tmp_path, Warehouse(url), database), Warehouse(url))
        database.run(f"drop owned by {writer}; drop role {writer};")


def is_as_made(call: Made, row: Row) -> bool:
    disposition, wait, talk, queue, agent = row
    return (disposition, queue, agent) == (call.disposition, call.queue, call.agent) and all(
        (found is None) == (made is None) and abs((found or 0) - (made or 0)) <= TOLERANCE_SECONDS
        for found, made in [(wait, call.wait), (talk, call.talk)]
    )


def assert_as_made(found: dict[str, Row], *, without_long: bool) -> None:
    """The long call is there once it is over, and its seconds are many."""
    short = {call.caller: call for call in CALLS if call.caller != LONG}
    assert found.keys() - {LONG} == short.keys()
    assert [(call, found[caller]) for caller, call in short.items() if not is_as_made(call, found[caller])] == []
    assert (LONG in found) is not without_long
    if not without_long:
        disposition, _, talk, *_, agent = found[LONG]
        assert (disposition, agent) == ("answered", "101")
        assert talk is not None
        assert talk > 12


@pytest.mark.parametrize("site", [None], indirect=True, ids=["at once"])
def test_a_call_that_outlasts_ten_later_ones_comes_with_the_next_pull(site: Site) -> None:
    site.make_calls()
    before = site.pull()
    site.pbx.tell("channel request hangup all")
    with site.database.connected() as cursor:
        eventually(lambda: cursor.execute("select 1 from cdr where src = %s", [LONG]).fetchone())
    after = site.pull()

    assert_as_made(before, without_long=True)
    assert_as_made(after, without_long=False)


@pytest.mark.parametrize("site", [BATCH_SECONDS], indirect=True, ids=["in batches"])
def test_records_that_are_written_later_come_with_the_pull_after_that(site: Site) -> None:
    found: list[dict[str, Row]] = []
    with ThreadPoolExecutor() as pool:
        making = pool.submit(site.make_calls)
        while not making.done():
            found.append(site.pull())
        making.result()
        site.pbx.tell("channel request hangup all")
    eventually(lambda: found.append(site.pull()) or LONG in found[-1], interval=1)  # type: ignore[func-returns-value]

    assert_as_made(found[-1], without_long=False)
