"""What FTP servers answer about files, as it was seen from servers of several kinds."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wiseparts_pipeline.transport.base import PermanentError
from wiseparts_pipeline.transport.ftp.listing import Entry, Kind, parse_facts, parse_list, parse_mlsd, parse_time

ATHENS = ZoneInfo("Europe/Athens")
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def listed(*lines: str, zone: ZoneInfo = ATHENS, now: datetime = NOW) -> list[Entry]:
    return list(parse_list(lines, zone, now))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("type=file;size=3;modify=20261127100000; a.csv", "a.csv"),
        ("Type=file;Size=3;Modify=20261127100000.123;Perm=adfrw;Unique=30eg4; a.csv", "a.csv"),
        ("modify=20261127100000;perm=adfrw;size=3;type=FILE; a  b;c=d.csv ", "a  b;c=d.csv "),
        ("size=3;type=file;modify=20261127100000;  blank first.csv", " blank first.csv"),
    ],
)
def test_a_line_of_mlsd_is_a_file(line: str, name: str) -> None:
    assert parse_facts(line) == Entry(name, Kind.FILE, 3, datetime(2026, 11, 27, 10, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("dir", Kind.FOLDER),
        ("OS.unix=slink:/etc/passwd", Kind.LINK),
        ("OS.unix=symlink", Kind.LINK),
        ("OS.unix=chr-8/0", Kind.OTHER),
    ],
)
def test_a_line_of_mlsd_that_is_no_file_says_what_it_is(type_: str, kind: Kind) -> None:
    entry = parse_facts(f"type={type_};modify=20261127100000; x")
    assert entry is not None
    assert entry.kind is kind


@pytest.mark.parametrize("type_", ["cdir", "pdir"])
def test_the_folder_itself_and_the_one_above_are_not_in_it(type_: str) -> None:
    assert parse_facts(f"type={type_};modify=20261127100000; .") is None


@pytest.mark.parametrize(
    "line",
    [
        "a.csv",
        "size=3;modify=20261127100000; a.csv",
        "type=file;modify=20261127100000; a.csv",
        "type=file;size=many;modify=20261127100000; a.csv",
        "type=file;size=3;modify=yesterday; a.csv",
        "type=file;size=3;modify=20261399100000; a.csv",
        "type=file;size=3;modify=20261127100000;",
    ],
)
def test_a_line_that_is_not_understood_is_an_error_and_not_no_file(line: str) -> None:
    with pytest.raises(PermanentError, match="not understood"):
        list(parse_mlsd([line]))


def test_a_name_with_a_line_end_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    facts = "type=file;size=3;modify=20261127100000;"
    entries = parse_mlsd([f"{facts} a.csv", f"{facts} line", "feed.csv", f"{facts} b.csv"])
    assert [entry.name for entry in entries] == ["a.csv", "b.csv"]
    assert "'feed.csv'" in caplog.text


def test_a_name_with_a_line_end_in_a_listing_for_people_is_left_out_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = "-rw-r--r--    1 1000     1000           15 Nov 27 10:05 "
    assert [entry.name for entry in listed(f"{file}a", f"{file}line", "feed", f"{file}b")] == ["a", "b"]
    assert "'feed'" in caplog.text


def test_months_of_another_language_are_an_error_also_below_some_that_are_the_same() -> None:
    file = "-rw-r--r--    1 1000     1000           15"
    with pytest.raises(PermanentError, match="not understood"):
        listed(f"{file} Nov 27 10:05 a.csv", f"{file} Dez 27 10:05 b.csv")


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            "-rw-r--r--    1 1000     1000           15 Nov 27 10:05 a b  c.csv",
            Entry("a b  c.csv", Kind.FILE, 15, datetime(2026, 11, 27, 8, 5, tzinfo=UTC)),
        ),
        (
            "-rw-rw-r--+   1 erp      domain users 4294967296 Jan  3  2025  leading.csv",
            Entry(" leading.csv", Kind.FILE, 2**32, datetime(2025, 1, 2, 22, 0, tzinfo=UTC)),
        ),
        (
            "-rw-------.  1 erp   1 Dec 31 23:59 last year.csv",
            Entry("last year.csv", Kind.FILE, 1, datetime(2025, 12, 31, 21, 59, tzinfo=UTC)),
        ),
        (
            "-rw-r--r--   1 erp   erp        7 Jul 01 12:00 summer -> time.csv",
            Entry("summer -> time.csv", Kind.FILE, 7, datetime(2026, 7, 1, 9, 0, tzinfo=UTC)),
        ),
        (
            "drwxr-xr-x    2 0        0            4096 Nov 27 10:05 processed",
            Entry("processed", Kind.FOLDER, 4096, datetime(2026, 11, 27, 8, 5, tzinfo=UTC)),
        ),
        (
            "lrwxrwxrwx    1 0        0              11 Nov 27 10:05 link.csv -> ../x/b.csv",
            Entry("link.csv", Kind.LINK, 11, datetime(2026, 11, 27, 8, 5, tzinfo=UTC)),
        ),
        (
            "11-27-26  10:05AM                   15 a b.csv",
            Entry("a b.csv", Kind.FILE, 15, datetime(2026, 11, 27, 8, 5, tzinfo=UTC)),
        ),
        (
            "11-27-2026  12:05AM                   15 Köln.csv",
            Entry("Köln.csv", Kind.FILE, 15, datetime(2026, 11, 26, 22, 5, tzinfo=UTC)),
        ),
        (
            "07-01-26  12:30PM                   15  leading.csv",
            Entry(" leading.csv", Kind.FILE, 15, datetime(2026, 7, 1, 9, 30, tzinfo=UTC)),
        ),
        (
            "11-27-98  13:05                     15 old.csv",
            Entry("old.csv", Kind.FILE, 15, datetime(1998, 11, 27, 11, 5, tzinfo=UTC)),
        ),
        ("11-27-26  10:05AM       <DIR>          processed", Entry("processed", Kind.FOLDER)),
        ("11-27-26  10:05AM       <SYMLINKD>     linked", Entry("linked", Kind.LINK)),
    ],
)
def test_a_line_of_list_of_unix_or_windows(line: str, entry: Entry) -> None:
    assert listed(line) == [entry]


def test_a_listing_may_begin_with_a_total_and_have_the_folder_itself() -> None:
    folder = "drwxr-xr-x    2 0        0            4096 Nov 27 10:05 "
    assert listed("total 8", f"{folder}.", f"{folder}..", "") == []


def test_a_server_may_be_in_the_next_year_already() -> None:
    (entry,) = listed("-rw-r--r-- 1 0 0 1 Jan  1 00:30 a.csv", now=datetime(2026, 12, 31, 22, 45, tzinfo=UTC))
    assert entry.modified_at == datetime(2026, 12, 31, 22, 30, tzinfo=UTC)


def test_the_29th_of_february_was_in_a_year_that_had_one() -> None:
    (entry,) = listed("-rw-r--r-- 1 0 0 1 Feb 29 12:00 a.csv", zone=ZoneInfo("UTC"))
    assert entry.modified_at == datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r--r--    1 1000     1000           15 27. Nov 10:05 a.csv",
        "-rw-r--r--    1 1000     1000           15 Νοε 27 10:05 a.csv",
        "-rw-r--r--    1 1000     1000           15 Feb 30  2025 a.csv",
        "13-27-26  10:05AM                   15 a.csv",
        "a.csv",
    ],
)
def test_a_line_of_list_that_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(PermanentError, match="not understood"):
        listed(line)


@pytest.mark.parametrize("text", ["20261127100000", " 20261127100000.999\r\n"])
def test_a_time_is_in_utc(text: str) -> None:
    assert parse_time(text) == datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
