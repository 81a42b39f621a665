"""People are told when something goes wrong, at most once a day while it lasts, and when it is over."""

from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import pytest

from tests.alerts.conftest import TEAM, Site
from tests.installation import Installation
from tests.notify.postbox import PASSWORD, Certificate, Postbox
from wiseparts_pipeline.alerts.watch import NobodyIsTold
from wiseparts_pipeline.alerts.wording import TITLES
from wiseparts_pipeline.notify import mail_settings, outbox
from wiseparts_pipeline.orchestration.mail import alerts

STOPPED = "WiseParts: importer inventory: the feed has stopped"


def subjects(postbox: Postbox) -> list[str]:
    return [mail["Subject"] for mail in postbox.mails]


def test_a_feed_that_stops_is_told_once_a_day_and_when_it_goes_on(site: Site, postbox: Postbox) -> None:
    assert site.told(hours=0) == STOPPED
    assert site.told(minutes=5) is None
    assert site.told(hours=23, minutes=59) is None
    assert site.told(hours=24) == "WiseParts: still: importer inventory: the feed has stopped"
    assert site.told(hours=24, minutes=5) is None
    site.has_file()
    assert site.told(hours=24, minutes=20) == "WiseParts: over: importer inventory: the feed has stopped"
    assert site.told(hours=24, minutes=25) is None
    assert subjects(postbox) == [
        STOPPED,
        "WiseParts: still: importer inventory: the feed has stopped",
        "WiseParts: over: importer inventory: the feed has stopped",
    ]
    assert {tuple(recipients) for recipients, _ in postbox.delivered} == {(TEAM,)}


def test_the_text_says_what_is_new_what_lasts_and_what_to_do(site: Site, postbox: Postbox) -> None:
    site.look(hours=0)
    site.settings = {"disk_gb": 1e9}
    site.look(hours=1)
    text = postbox.mails[-1].get_content().replace("\r\n", "\n")
    new, lasting = text.partition("Still wrong:")[::2]
    assert new.startswith(f"New:\n\n- {site.home}: the disk is filling up\n  its disk has ")
    assert "GB left: free some space. Since " in " ".join(new.split())
    assert "ask its sender, or set `stale_after`. Since " in " ".join(lasting.split())
    assert " UTC." in lasting
    assert "`wiseparts doctor` shows all that is wrong now." in lasting
    assert "again after 1 day if it lasts" in " ".join(lasting.split())
    assert f"Installation: {site.home} on " in lasting


def test_several_things_are_one_mail(site: Site, postbox: Postbox) -> None:
    site.settings = {"disk_gb": 1e9}
    assert site.told(hours=0) == "WiseParts: 2 things are wrong"
    site.settings = {}
    site.has_file()
    assert site.told(hours=1) == "WiseParts: 2 things are over"
    assert len(postbox.mails) == 2


def test_what_comes_and_goes_within_a_quarter_of_an_hour_is_one_thing(site: Site, postbox: Postbox) -> None:
    site.has_file()
    for minute, is_full in enumerate((True, False, True, False, False)):
        site.settings = {"disk_gb": 1e9 if is_full else 1e-9}
        assert site.told(minutes=10 * minute) == (
            f"WiseParts: {site.home}: the disk is filling up" if minute == 0 else
            f"WiseParts: over: {site.home}: the disk is filling up" if minute == 4 else None
        )  # fmt: skip


def test_a_source_that_fails_is_told_of_if_it_lasts(site: Site, postbox: Postbox) -> None:
    site.has_file()
    gone = site.drop.root.rename(site.drop.root.with_name("gone"))
    assert [site.told(minutes=minute) for minute in (0, 5, 10)] == [None] * 3
    assert (site.told(minutes=15) or "").startswith("WiseParts: source erp, ")
    gone.rename(site.drop.root)
    assert (site.told(minutes=31) or "").startswith("WiseParts: over: source erp, ")


def test_a_source_that_fails_for_a_moment_now_and_then_is_not(site: Site, postbox: Postbox) -> None:
    site.has_file()
    for minute in (0, 20, 40, 60):
        gone = site.drop.root.rename(site.drop.root.with_name("gone"))
        assert site.told(minutes=minute) is None
        gone.rename(site.drop.root)
        assert site.told(minutes=minute + 5) is None
    assert postbox.mails == []


def test_a_missing_folder_is_not_over_because_its_source_cannot_be_reached(site: Site, postbox: Postbox) -> None:
    site.has_file()
    moved = site.drop.folder.rename(site.drop.root / "Elsewhere")
    site.look(minutes=0)
    assert (site.told(minutes=15) or "").endswith("is missing")
    gone = site.drop.root.rename(site.drop.root.with_name("gone"))
    assert [site.told(minutes=minute) for minute in (20, 31)] == [None] * 2
    gone.rename(site.drop.root)
    assert site.told(minutes=32) is None
    moved.rename(site.drop.folder)
    assert (site.told(minutes=50) or "").startswith("WiseParts: over: source erp, ")


def test_a_mail_server_that_is_down_delays_an_alert_and_loses_none(
    site: Site, closed_postbox: Postbox, trusted: Certificate
) -> None:
    look = site.look(hours=0)
    assert look.told == STOPPED
    assert "Cannot reach the mail server" in (look.delayed or "")
    assert site.told(minutes=5) is None
    site.drop.execute("update ops.outbox set next_attempt_at = now()")
    with closed_postbox.open(trusted.context):
        assert site.told(minutes=10) is None
    assert subjects(closed_postbox) == [STOPPED]


def test_processes_that_look_at_once_tell_once(site: Site, postbox: Postbox) -> None:
    with ThreadPoolExecutor(4) as threads:
        looks = list(threads.map(lambda _: site.told(hours=0), range(8)))
    assert [look for look in looks if look] == [STOPPED]
    assert subjects(postbox) == [STOPPED]


def test_who_is_killed_while_telling_has_told_nobody(
    site: Site, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            site.look(hours=0)
    assert site.told(minutes=5) == STOPPED
    assert subjects(postbox) == [STOPPED]


def test_a_clock_that_is_set_back_silences_nothing(site: Site, postbox: Postbox) -> None:
    site.look(hours=48)
    assert site.told(hours=0) == "WiseParts: still: importer inventory: the feed has stopped"


def test_nothing_of_rows_and_no_secret_is_mailed_or_kept(site: Site, postbox: Postbox) -> None:
    site.drop.imported("a.csv", "sku,quantity_available\nPLANTED,1\n")
    assert site.told(days=2, hours=20) is None
    assert site.told(days=8) == "WiseParts: 2 things are wrong"
    sent = postbox.mails[0].as_string() + str(site.drop.rows("select * from ops.alerts"))
    assert "1 of its rows have waited since" in sent
    assert "PLANTED" not in sent
    assert PASSWORD not in sent


def test_reminders_can_be_turned_off(site: Site, postbox: Postbox) -> None:
    site.settings = {"remind_after": "never"}
    site.look(hours=0)
    assert site.told(days=100) is None


def test_nobody_is_told_without_a_name_or_a_mail_server(
    site: Site, closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.settings = {"to": []}
    with pytest.raises(NobodyIsTold, match="no component Alerts that names somebody"):
        site.look(hours=0)
    site.settings = {}
    monkeypatch.delenv("WISEPARTS_SMTP_URL")
    assert mail_settings() is None
    with pytest.raises(NobodyIsTold, match="WISEPARTS_SMTP_URL names no mail server"):
        site.look(hours=0)


def test_dagster_looks_and_says_in_its_ticks_what_is_wrong(
    site: Site, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Installation(site.home.parent)
    here.source("drop", protocol="local", root=str(here.drop), settle_seconds=0)
    here.importer("inventory", stale_after="3d")
    monkeypatch.setenv("WISEPARTS_DEFS", str(here.folder / "defs"))
    assert tick() == "Nobody is told: there is no component Alerts that names somebody in `to`."
    here.alerts(to=TEAM)
    message = tick() or ""
    assert message.startswith(f"Told: {STOPPED}\nimporter inventory: has never imported a file")
    assert (tick() or "").startswith("importer inventory: has never imported a file")
    assert subjects(postbox) == [STOPPED]


def tick() -> str | None:
    with dg.DagsterInstance.ephemeral() as instance:
        return alerts.evaluate_tick(dg.build_sensor_context(instance=instance)).skip_message


def test_every_alert_has_a_title_that_follows_what_it_is_about() -> None:
    assert all(title and title == title.lower() for title in TITLES.values())
