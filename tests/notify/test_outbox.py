"""The outbox: a mail server that is down delays mail, and no one gets a mail twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.notify.postbox import Certificate, Postbox
from wiseparts_pipeline.notify import MailSettings, SendResult, mail_settings, outbox, send_queued
from wiseparts_pipeline.warehouse import Warehouse

ANNA, BEN = "anna@example.com", "ben@example.com"


@pytest.fixture
def server(closed_postbox: Postbox) -> MailSettings:
    settings = mail_settings()
    assert settings is not None
    return settings


@pytest.fixture
def put(warehouse: Warehouse) -> Callable[..., None]:
    """Queues a mail with this subject."""

    def into_outbox(subject: str, *recipients: str) -> None:
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = subject
        mail["To"] = [Address(addr_spec=recipient) for recipient in recipients or (ANNA,)]
        mail.set_content("Hello\n")
        with warehouse.connect(autocommit=True) as connection:
            outbox.add(connection, "quotes", [1], mail, recipients or (ANNA,))

    return into_outbox


def rows(warehouse: Warehouse, columns: str) -> list[tuple[object, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(f"select {columns} from ops.outbox order by mail_id").fetchall()


def later(warehouse: Warehouse, days: int = 0) -> None:
    """Make all mails due, and this many days older."""
    with warehouse.connect() as connection:
        connection.execute(
            "update ops.outbox set next_attempt_at = now(), created_at = created_at - make_interval(days => %s)", [days]
        )


def sent(warehouse: Warehouse, server: MailSettings) -> SendResult:
    return send_queued(warehouse, server, seconds=30)


def subjects(postbox: Postbox) -> list[str]:
    return [mail["Subject"] for mail in postbox.mails]


def test_mail_stays_queued_while_the_server_is_down_and_is_sent_when_it_is_up(
    warehouse: Warehouse,
    server: MailSettings,
    put: Callable[..., None],
    closed_postbox: Postbox,
    trusted: Certificate,
) -> None:
    put("one")
    put("two")
    first = sent(warehouse, server)
    assert first.mails == 0
    assert first.delayed is not None
    assert first.delayed.endswith("E-mails stay queued and are tried again.")
    assert first.problems == []
    later(warehouse)
    with closed_postbox.open(trusted.context):
        assert sent(warehouse, server).mails == 2
    assert subjects(closed_postbox) == ["one", "two"]
    assert rows(warehouse, "status, message, recipients, attempts") == [("sent", None, [], 2)] * 2


def test_a_server_that_is_down_is_not_tried_again_for_each_import(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None]
) -> None:
    put("one")
    put("two")
    assert sent(warehouse, server).delayed
    put("three")
    assert sent(warehouse, server) == SendResult()
    assert rows(warehouse, "attempts, next_attempt_at > now()") == [(1, True), (1, True), (0, True)]


def test_a_clock_that_is_set_back_delays_no_mail(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None]
) -> None:
    put("one")
    with warehouse.connect() as connection:
        connection.execute("update ops.outbox set next_attempt_at = now() + interval '1 hour'")
    assert sent(warehouse, server).delayed
    assert rows(warehouse, "attempts, next_attempt_at < now() + interval '5 minutes'") == [(1, True)]


def test_the_delay_doubles_with_each_attempt_up_to_a_quarter_of_an_hour(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None]
) -> None:
    put("one")
    minutes = []
    for _ in range(6):
        later(warehouse)
        assert sent(warehouse, server).delayed
        ((left,),) = rows(warehouse, "round(extract(epoch from next_attempt_at - now()) / 60)")
        minutes.append(left)
    assert minutes == [1, 2, 4, 8, 15, 15]


def test_a_mail_is_abandoned_after_days_and_that_is_a_problem(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None]
) -> None:
    put("one")
    later(warehouse, days=4)
    (problem,) = sent(warehouse, server).problems
    assert problem.startswith(
        "The e-mail 'one' to anna@example.com was abandoned after 3 days: Cannot reach the mail server"
    )
    later(warehouse)
    assert sent(warehouse, server) == SendResult()
    assert rows(warehouse, "status, message is null") == [("given_up", False)]


def test_two_processes_never_send_the_same_mail(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], postbox: Postbox
) -> None:
    names = [f"mail {number}" for number in range(12)]
    for name in names:
        put(name)
    postbox.delay = 0.05
    start = threading.Barrier(3)

    def flush() -> int:
        start.wait()
        return sent(warehouse, server).mails

    with ThreadPoolExecutor(3) as threads:
        counts = [task.result() for task in [threads.submit(flush) for _ in range(3)]]
    assert sorted(subjects(postbox)) == sorted(names)
    assert sum(counts) == len(names)


def test_the_others_get_the_mail_if_a_recipient_is_refused_permanently(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], postbox: Postbox
) -> None:
    postbox.refused[ANNA] = "550 5.1.1 no such user"
    put("one", ANNA, BEN)
    done = sent(warehouse, server)
    assert done.mails == 1
    assert done.problems == ["The e-mail 'one' was refused permanently: anna@example.com: 550 5.1.1 no such user"]
    later(warehouse)
    assert sent(warehouse, server) == SendResult()
    assert [recipients for recipients, _ in postbox.delivered] == [[BEN]]
    assert rows(warehouse, "status, refused") == [("sent", {ANNA: "550 5.1.1 no such user"})]


def test_a_mail_whose_recipients_are_all_refused_is_abandoned(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], postbox: Postbox
) -> None:
    postbox.refused[ANNA] = "550 no"
    put("one")
    put("two", BEN)
    assert len(sent(warehouse, server).problems) == 1
    assert rows(warehouse, "status") == [("given_up",), ("sent",)]
    assert subjects(postbox) == ["two"]


def test_a_recipient_refused_temporarily_gets_the_mail_later_and_the_others_get_it_once(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], postbox: Postbox
) -> None:
    postbox.refused[ANNA] = "451 greylisted"
    put("one", ANNA, BEN)
    assert sent(warehouse, server).delayed == (
        "The e-mail 'one' is not accepted yet and is tried again: anna@example.com: 451 greylisted"
    )
    put("two", BEN)
    assert sent(warehouse, server).mails == 1
    postbox.refused.clear()
    later(warehouse)
    assert sent(warehouse, server).mails == 1
    assert [(recipients, mail["Subject"]) for recipients, mail in postbox.delivered] == [
        ([BEN], "one"),
        ([BEN], "two"),
        ([ANNA], "one"),
    ]


@pytest.mark.parametrize(("answer", "status"), [("554 no such content here", "given_up"), ("452 full", "waiting")])
def test_a_mail_that_is_not_accepted_does_not_delay_others(
    answer: str,
    status: str,
    warehouse: Warehouse,
    server: MailSettings,
    put: Callable[..., None],
    postbox: Postbox,
) -> None:
    postbox.answers["one"] = answer
    put("one")
    put("two")
    assert answer in " ".join(sent(warehouse, server).notices)
    assert rows(warehouse, "status") == [(status,), ("sent",)]
    assert subjects(postbox) == ["two"]


def test_a_mail_that_is_too_large_for_the_server_is_abandoned(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], closed_postbox: Postbox, trusted: Certificate
) -> None:
    put("x" * 2000)
    put("two")
    closed_postbox.largest = 1500
    with closed_postbox.open(trusted.context):
        (problem,) = sent(warehouse, server).problems
    assert "552" in problem
    assert rows(warehouse, "status") == [("given_up",), ("sent",)]


def test_sending_ends_in_time(
    warehouse: Warehouse, server: MailSettings, put: Callable[..., None], postbox: Postbox
) -> None:
    for number in range(5):
        put(str(number))
    postbox.delay = 0.3
    assert 0 < send_queued(warehouse, server, seconds=0.4).mails < 5
