"""A database that fails: people are told past the outbox, and a file remembers that they were."""

from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.alerts.conftest import START, TEAM, Site
from tests.installation import Installation
from tests.notify.postbox import PASSWORD, Certificate, Postbox
from tests.notify.test_runs import mail_environment
from wiseparts_pipeline.alerts.outage import DatabaseAlert
from wiseparts_pipeline.alerts.watch import mail_for, watch_database
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse

NOWHERE = "postgresql://wp:s3cret@127.0.0.1:1/wp"
DOWN = "WiseParts: database: cannot be reached"


@pytest.fixture
def down(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    site.has_file()
    monkeypatch.setenv(DATABASE_URL, NOWHERE)
    return site


def subjects(postbox: Postbox) -> list[str]:
    return [mail["Subject"] for mail in postbox.mails]


def test_an_outage_is_told_if_it_lasts_once_a_day_and_when_it_is_over(
    down: Site, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, told in ((0, 0), (14, 0), (15, 1), (20, 1), (15 + 24 * 60, 2), (20 + 24 * 60, 2)):
        look = down.look(minutes=minutes)
        assert (look.is_database_down, len(postbox.mails)) == (True, told)
    monkeypatch.setenv(DATABASE_URL, down.drop.warehouse.url)
    for _ in range(2):
        assert not down.look(hours=25).is_database_down
    assert subjects(postbox) == [DOWN, DOWN.replace(": ", ": still: ", 1), DOWN.replace(": ", ": over: ", 1)]
    text = "".join(mail.as_string() for mail in postbox.mails)
    assert "Cannot connect to the database" in text
    assert "s3cret" not in text
    assert PASSWORD not in text


def test_a_short_outage_is_not_told(down: Site, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for minutes, url in ((0, NOWHERE), (10, down.drop.warehouse.url), (20, NOWHERE), (30, down.drop.warehouse.url)):
        monkeypatch.setenv(DATABASE_URL, url)
        down.look(minutes=minutes)
    assert postbox.mails == []


def test_it_is_told_as_soon_as_the_mail_server_works(down: Site, closed_postbox: Postbox, trusted: Certificate) -> None:
    down.look(minutes=0)
    (problem,) = down.look(minutes=20).problems
    assert "Cannot reach the mail server" in problem
    with closed_postbox.open(trusted.context):
        assert down.look(minutes=21).problems == []
    assert subjects(closed_postbox) == [DOWN]


def test_where_nothing_can_be_noted_it_is_told_at_once_and_by_one_process_once(down: Site, postbox: Postbox) -> None:
    (down.home / "alerts").write_text("in the way")
    alert = DatabaseAlert(down.home, down.configuration.alerts, mail_for(down.configuration))
    told = [alert.fails("is down", START + timedelta(minutes=minutes)) for minutes in (0, 1, 30)]
    assert told == [True, False, False]
    assert alert.works(START + timedelta(minutes=40))
    assert not alert.works(START + timedelta(minutes=41))
    assert subjects(postbox) == [DOWN, DOWN.replace(": ", ": over: ", 1)]


def test_what_one_process_has_told_another_does_not_tell_again(down: Site, postbox: Postbox) -> None:
    one, other = (DatabaseAlert(down.home, down.configuration.alerts, mail_for(down.configuration)) for _ in range(2))
    one.fails("is down", START)
    assert [each.fails("is down", START + timedelta(minutes=20)) for each in (other, one)] == [True, False]
    assert [each.works(START + timedelta(minutes=30)) for each in (other, one)] == [True, False]
    assert subjects(postbox) == [DOWN, DOWN.replace(": ", ": over: ", 1)]


def test_a_note_that_cannot_be_read_starts_anew(down: Site, postbox: Postbox) -> None:
    down.look(minutes=0)
    (down.home / "alerts" / "database.json").write_text('{"began_at": 1}')
    down.look(minutes=16)
    assert postbox.mails == []
    down.look(minutes=31)
    assert subjects(postbox) == [DOWN]


def test_a_database_that_cannot_be_written_to_is_told_like_one_that_is_down(
    site: Site, postbox: Postbox, warehouse: Warehouse
) -> None:
    site.settings = {"outage_after": "1m"}
    site.drop.execute("alter table ops.alerts rename to alerts_elsewhere")
    site.drop.execute("create view ops.alerts as select * from ops.alerts_elsewhere limit 0")
    assert site.look(minutes=0).is_database_down
    site.look(minutes=1)
    assert subjects(postbox) == [DOWN]


def test_wiseparts_dev_tells_of_the_database_without_dagster(
    down: Site, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = DatabaseAlert(down.home, down.configuration.alerts, mail_for(down.configuration))
    alert.fails("is down", START - timedelta(hours=1))
    (problem,) = watch_database(alert)
    assert "Cannot connect to the database" in problem
    monkeypatch.setenv(DATABASE_URL, down.drop.warehouse.url)
    assert watch_database(alert) == []
    assert subjects(postbox) == [DOWN, DOWN.replace(": ", ": over: ", 1)]


def test_wiseparts_dev_starts_an_embedded_database_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(DATABASE_URL, raising=False)
    with Warehouse.open() as warehouse:
        with warehouse.connect() as connection:
            server = psutil.Process(psutil.Process(connection.info.backend_pid).ppid())
        server.kill()
        server.wait(30)
        assert watch_database(None) == []
        warehouse.connect().close()


def test_the_command_tells_and_ends_with_what_is_wrong(down: Site, postbox: Postbox) -> None:
    here = Installation(down.home.parent, mail_environment())
    here.source("drop", protocol="local", root=str(here.drop), settle_seconds=0)
    here.importer("inventory", stale_after="3d")
    assert here.run("alert").status == 2
    here.alerts(to=TEAM)
    works, fails = {DATABASE_URL: down.drop.warehouse.url}, {DATABASE_URL: NOWHERE}

    assert here.run("alert", "--test", **works).out == f"Sent to {TEAM}.\n"
    assert here.run("alert", **works).status == 0
    (down.home / "alerts").write_text("in the way")
    done = here.run("alert", **fails)

    assert done.status == 1
    assert "cannot be reached" in done.out
    assert subjects(postbox) == ["WiseParts: a test", DOWN]
