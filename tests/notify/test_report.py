"""The mail about a run: who gets it, what it says, and that it never fails an import."""

import html
import re
from email.message import EmailMessage

import pytest

from tests.importing.drop import Drop
from tests.notify.postbox import PASSWORD, Postbox
from wiseparts_pipeline.importing.faults import WarningCode
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.reading import open_rows
from wiseparts_pipeline.importing.results import ImportResult
from wiseparts_pipeline.notify import report, wording

TEAM = "erp-team@example.com"
QUOTES = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
GOOD = "quote_id,line_no,status,lost_reason\nA,1,won,secret of a good row\n"
BAD = GOOD + "B,x,won,\nC,1,bad,\nD,1,worse,\n"


def quotes_in(drop: Drop, when: str = "problems", to: tuple[str, ...] = (TEAM,), **attributes: object) -> Drop:
    notify = {"to": list(to), "when": when}
    return drop.of("quotes", columns=QUOTES, reject_limit_percent=100, notify=notify, **attributes)


def import_and_report(drop: Drop, /, **files: str) -> list[str]:
    """Import the files as `<name>.csv` and report them; returns the messages for whoever runs the import."""
    for name, content in files.items():
        drop.put(f"{name}.csv", content)
    return report(drop.importer, drop.run(), drop.warehouse)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def attachments(mail: EmailMessage) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_filename())] = content
    return found


def test_rejected_rows_are_reported_with_their_numbers_values_and_what_to_do(drop: Drop, postbox: Postbox) -> None:
    assert import_and_report(quotes_in(drop), quotes=BAD) == []
    ((recipients, mail),) = postbox.delivered
    assert recipients == [TEAM]
    assert mail["Subject"] == "quotes: 3 rows rejected (quotes.csv)"
    assert mail["From"] == "WiseParts <imports@wiseparts.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        text = html.unescape(re.sub(r"<[^>]+>", "", text_of(mail, kind)))
        assert "imported, 3 rows rejected" in text
        assert "1 row rejected: line_no: not a number" in text
        assert "Row 2: line_no: 'x' is not a whole number. Write it like 1234." in text
        assert "2 rows rejected: status: not in set" in text
        assert "Row 3: status: 'bad' is not allowed. Allowed: draft, open, won, lost, expired." in text
        assert "Row 4: status: 'worse' is not allowed." in text
    assert "4 read, 1 created, 3 rejected" in text_of(mail)


def test_the_rejected_rows_are_attached_as_a_file_that_can_be_sent_again(drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop, file={"encoding": "cp1253", "delimiter": ";"})
    import_and_report(quotes, quotes="quote_id;line_no;status;lost_reason\n=1+1;1;bad;άλφα\n")
    (mail,) = postbox.mails
    ((name, content),) = attachments(mail).items()
    assert name == "quotes.csv.errors.csv"
    header, row = content.decode("cp1253").splitlines()
    assert header == "quote_id;line_no;status;lost_reason;_row;_line;_errors;_escaped"
    assert row.startswith("'=1+1;1;bad;άλφα;1;2;")
    assert "attached as quotes.csv.errors.csv" in text_of(mail)
    assert "upload that file to quotes under its own name" in " ".join(text_of(mail).split())


def test_the_mail_has_nothing_of_good_rows(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), quotes=BAD)
    (mail,) = postbox.mails
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    assert len(parts) == 3
    assert not any(b"secret" in part for part in parts)


def test_a_refused_file_is_reported_with_the_reason(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), quotes="quote_id,status\nA,won\n")
    (mail,) = postbox.mails
    assert mail["Subject"] == "quotes: 1 file refused (quotes.csv)"
    assert "refused: nothing of it was loaded" in text_of(mail)
    assert "The file has no column line_no, which every row needs" in text_of(mail)
    assert attachments(mail) == {}


def test_a_run_makes_one_mail_with_the_worst_file_first(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), a=GOOD, b=BAD, c="")
    (mail,) = postbox.mails
    assert mail["Subject"] == "quotes: 1 file refused, 3 rows rejected (3 files)"
    places = [text_of(mail).index(f"\n{name}.csv\n") for name in "cba"]
    assert places == sorted(places)


def test_warnings_are_put_into_words(drop: Drop, postbox: Postbox) -> None:
    rows = "quote_id,line_no,status,customer_id\nA,1,won,NOBODY\nB,1,won,NOBODY\n"
    import_and_report(quotes_in(drop), quotes=rows)
    (mail,) = postbox.mails
    assert mail["Subject"] == "quotes: 2 warnings (quotes.csv)"
    assert "2 rows refer to records that are not known (yet), and were loaded all the same" in text_of(mail)


@pytest.mark.parametrize(
    ("when", "mails"),
    [
        ("always", ["quotes: ok, 1 row (good.csv)", "quotes: 3 rows rejected (bad.csv)"]),
        ("problems", ["quotes: 3 rows rejected (bad.csv)"]),
        ("never", []),
    ],
)
def test_mail_is_sent_when_the_importer_asks_for_it(when: str, mails: list[str], drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop, when=when)
    import_and_report(quotes, good=GOOD)
    import_and_report(quotes, bad=BAD)
    assert [mail["Subject"] for mail in postbox.mails] == mails


def test_a_run_without_files_sends_no_mail(drop: Drop, postbox: Postbox) -> None:
    assert import_and_report(quotes_in(drop, when="always")) == []
    assert postbox.mails == []


def test_rounded_values_are_not_a_problem(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), quotes="quote_id,line_no,status,quantity\nA,1,won,1.123456789012345\n")
    assert [file["warnings"] for file in drop.log()] == [{"rounded": 1}]
    assert postbox.mails == []


def test_a_file_that_cannot_be_archived_is_reported_once(drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop)
    (quotes.folder / "processed").write_text("a file where the folder is to be")
    import_and_report(quotes, quotes=GOOD)
    assert report(quotes.importer, quotes.run(), quotes.warehouse) == []
    (mail,) = postbox.mails
    assert mail["Subject"] == "quotes: 1 file not archived (quotes.csv)"
    assert "It is still in its folder: " in text_of(mail)


def test_a_file_that_fails_again_and_again_is_reported_once_a_day(drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop)
    quotes.execute("alter table raw.quotes add constraint never check (line_no < 0)")
    import_and_report(quotes, quotes=GOOD)
    report(quotes.importer, quotes.run(), quotes.warehouse)
    assert len(postbox.mails) == 1
    quotes.execute(
        """
        update ops.outbox set created_at = created_at - interval '25 hours';
        update ops.import_files set detected_at = detected_at - interval '26 hours'
        """
    )
    report(quotes.importer, quotes.run(), quotes.warehouse)
    assert len(postbox.mails) == 2


def test_a_file_name_can_neither_add_a_header_nor_markup(drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop)
    quotes.put("a\r\nBcc: evil@example.com\r\n\r\n<b>hi.csv", BAD)
    quotes.put("<img src=x onerror=alert(1)>.csv", BAD)
    assert report(quotes.importer, quotes.run(), quotes.warehouse) == []
    ((recipients, mail),) = postbox.delivered
    assert recipients == [TEAM]
    assert mail["Bcc"] is None
    page = text_of(mail, "html")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.csv" in page
    assert "<b>hi" not in page


def test_a_value_cannot_add_markup_or_lines(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), quotes='quote_id,line_no,status\nA,1,"<script>x</script>\n\nSubject: y"\n')
    (mail,) = postbox.mails
    assert "<script>" not in text_of(mail, "html")
    assert "\nSubject: y" not in text_of(mail)


def test_the_html_loads_nothing_from_other_servers(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), quotes=BAD)
    page = text_of(postbox.mails[0], "html")
    assert not any(part in page for part in ("http:", "https:", "<img", "<link", "<script", "url("))


def test_a_large_error_file_is_attached_in_part_and_the_mail_says_where_all_of_it_is(
    drop: Drop, postbox: Postbox
) -> None:
    rows = "".join(f"Q{number},1,bad,{'x' * 2000}\n" for number in range(1000))
    quotes = quotes_in(drop)
    import_and_report(quotes, quotes=GOOD + rows)
    (mail,) = postbox.mails
    ((name, content),) = attachments(mail).items()
    assert 900_000 < len(content) <= 1_000_000
    path = quotes.root / name
    path.write_bytes(content)
    count = sum(len(batch) for batch in open_rows(path, "file.csv", quotes.importer.file).batches())
    text = " ".join(text_of(mail).split())
    assert f"is incomplete: it has the first {count} of 1,000 rejected rows. All of them are in " in text
    assert "Rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 990 more: status: 'bad' is not allowed" in text


def test_at_most_five_error_files_are_attached(drop: Drop, postbox: Postbox) -> None:
    import_and_report(quotes_in(drop), **{f"f{number}": BAD.replace("A,1", f"A{number},1") for number in range(25)})
    (mail,) = postbox.mails
    assert len(attachments(mail)) == 5
    text = text_of(mail)
    assert text.count("There are too many rejected rows to attach; they are in ") == 15
    assert "5 more files of this run are in the import log." in text


def test_without_a_server_the_message_says_what_to_set_and_the_import_goes_on(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WISEPARTS_SMTP_URL", raising=False)
    (notice,) = import_and_report(quotes_in(drop), quotes=BAD)
    assert notice.startswith(
        "quotes: its `notify` requests e-mail but no mail server is configured: set WISEPARTS_SMTP_URL"
    )
    assert "WISEPARTS_MAIL_FROM" in notice
    assert [file["status"] for file in drop.log()] == [Status.IMPORTED_WITH_ERRORS]


def test_a_wrong_setting_is_reported_and_the_import_goes_on(
    drop: Drop, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_SMTP_URL", "smtp://u:secret@host:what")
    (notice,) = import_and_report(quotes_in(drop), quotes=BAD)
    assert notice.startswith("quotes: no e-mail was sent: WISEPARTS_SMTP_URL is not a URL")
    assert "secret" not in notice


def test_a_wrong_password_is_reported_without_it_and_the_mail_stays_queued(
    drop: Drop, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_SMTP_URL", f"smtp://wiseparts:{'not-' + 'it'}@localhost:{postbox.port}")
    (notice,) = import_and_report(quotes_in(drop), quotes=BAD)
    assert "Login to the mail server" in notice
    assert "not-it" not in notice
    ((status, last_error),) = drop.rows("select status, last_error from ops.outbox")
    assert (status, "not-it" in last_error, PASSWORD in last_error) == ("waiting", False, False)


def test_an_importer_without_recipients_reports_nothing(drop: Drop) -> None:
    assert report(drop.of("quotes").importer, ImportResult(), drop.warehouse) == []


def test_an_invalid_address_is_a_configuration_error(drop: Drop) -> None:
    for wrong in ("nobody", "a@b\nBcc: c@d", "A <a@b.example>", "a@b.example, c@d.example", ""):
        with pytest.raises(ValueError, match="is not an e-mail address"):
            quotes_in(drop, to=(wrong,))


def test_text_in_other_alphabets_arrives_unchanged(drop: Drop, postbox: Postbox) -> None:
    quotes = quotes_in(drop, file={"encoding": "utf-8"})
    import_and_report(quotes, **{"τιμολόγια": "quote_id,line_no,status\nA,1,κακό\n"})
    (mail,) = postbox.mails
    assert mail["Subject"] == "quotes: 1 row rejected (τιμολόγια.csv)"
    assert "'κακό' is not allowed" in text_of(mail)
    assert list(attachments(mail)) == ["τιμολόγια.csv.errors.csv"]
    # Not every server accepts 8-bit text.
    assert mail.as_bytes().isascii()


def test_the_mail_says_that_deferred_rows_need_not_be_sent_again(drop: Drop, postbox: Postbox) -> None:
    inventory = drop.of("inventory", notify={"to": TEAM})
    import_and_report(inventory, stock="sku,warehouse_id,quantity_available\nS1,MAIN,5\nS2,MAIN,6\n")
    (mail,) = postbox.mails
    assert mail["Subject"] == "inventory: 2 rows waiting (stock.csv)"
    assert "2 rows waiting: sku: unknown reference" in text_of(mail)
    assert "loaded automatically as soon as the record they refer to arrives" in " ".join(text_of(mail).split())
    assert attachments(mail) == {}


def test_every_warning_has_a_text() -> None:
    for code in WarningCode:
        (text,) = wording.warnings({code: 2})
        assert "×" not in text
