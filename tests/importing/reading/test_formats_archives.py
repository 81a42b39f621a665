"""Files in gz and zip archives are read as a stream, within limits that hold while they are unpacked."""

import gzip
import io
import struct
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.importing.faults import RefusalCode


def zip_file(path: Path, members: dict[str, bytes | str], compression: int = ZIP_DEFLATED) -> Path:
    with ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv.zip"


def test_members_are_read_in_the_order_of_their_names_and_row_numbers_continue(path: Path) -> None:
    zip_file(path, {"b.csv": "id\n3\n4\n", "a.csv": "id\n1\n\n2\n", "c.csv": "id\n"})
    found = read_back(path)
    assert found.rows == {1: ["1"], 2: ["2"], 3: ["3"], 4: ["4"]}
    assert found.lines == {1: 2, 2: 4, 3: 2, 4: 3}


def test_members_may_have_their_columns_in_any_order(path: Path) -> None:
    zip_file(path, {"1.csv": "a,b,c\n1,2,3\n", "2.csv": "c,a,b\n3,1,2\n9\n3,1,2\n"})
    found = read_back(path)
    assert found.columns == ["a", "b", "c"]
    assert found.rows == {1: ["1", "2", "3"], 2: ["1", "2", "3"], 4: ["1", "2", "3"]}
    assert found.problems == {3: "The row has 1 cells, the file has 3 columns."}


def test_members_with_other_columns_are_refused(path: Path) -> None:
    zip_file(path, {"1.csv": "a,b\n1,2\n", "2.csv": "a,x\n1,2\n"})
    refused = refusal(path)
    assert refused.code is RefusalCode.UNREADABLE
    assert "1.csv and 2.csv do not both have b, x" in str(refused)


def test_folders_and_system_files_are_skipped(path: Path) -> None:
    litter = {"__MACOSX/a.csv": "x", ".DS_Store": "x", "data/.a.csv": "x", "data/": "", "readme.txt": "Hello."}
    assert read_back(zip_file(path, {**litter, "data/a.CSV": "id\n1\n"})).cells == [["1"]]


def test_a_single_member_is_read_whatever_its_name(path: Path) -> None:
    assert read_back(zip_file(path, {"export": "id\n1\n"})).cells == [["1"]]


def test_unsafe_member_names_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    path = zip_file(folder / "file.csv.zip", {"../outside.csv": "id\n1\n", "/tmp/absolute.csv": "id\n2\n"})
    assert sorted(read_back(path).column("id")) == ["1", "2"]
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["file.csv.zip"]


def test_any_format_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": 1}\n') + gzip.compress(b'{"id": 2}\n'))
    assert read_back(path, format="jsonl").cells == [["1"], ["2"]]


def test_a_file_is_packed_if_its_name_on_the_server_says_so(tmp_path: Path) -> None:
    path = tmp_path / "fetched"
    path.write_bytes(gzip.compress(b"id\n1\n"))
    assert read_back(path, "SALES.csv.gz").cells == [["1"]]
    assert "gzip" in str(refusal(path, "SALES.csv"))


def encrypted(path: Path) -> Path:
    """By its flag, which is all that is checked."""
    zip_file(path, {"a.csv": "id\n1\n"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    return path


def test_an_archive_with_a_password_is_refused(path: Path) -> None:
    refused = refusal(encrypted(path))
    assert refused.code is RefusalCode.UNREADABLE
    assert "password" in str(refused)


def test_archives_in_archives_are_refused(path: Path) -> None:
    inner = io.BytesIO()
    with ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
    for content in (inner.getvalue(), gzip.compress(b"id\n1\n")):
        refused = refusal(zip_file(path, {"inner": content}))
        assert refused.code is RefusalCode.UNREADABLE
        assert "inner in the archive: This is a" in str(refused)


@pytest.mark.parametrize("name", ["file.csv.zip", "file.csv.gz"])
@pytest.mark.parametrize("damage", ["cut", "garbled", "none at all"])
def test_a_broken_archive_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    path = tmp_path / name
    text = "id\n" + "".join(f"{number * 7919 % 100_003}\n" for number in range(50_000))
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        zip_file(path, {"a.csv": text})
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "garbled": whole[:middle] + bytes(64) + whole[middle + 64 :],
        "none at all": b"id\n1\n",
    }
    path.write_bytes(damaged[damage])
    refused = refusal(path)
    assert refused.code is RefusalCode.UNREADABLE
    assert "broken" in str(refused)


def test_an_archive_without_files_is_refused(path: Path) -> None:
    assert refusal(zip_file(path, {"folder/": ""})).code is RefusalCode.EMPTY_FILE


def test_a_compression_method_that_cannot_be_streamed_is_refused(path: Path) -> None:
    assert "ordinary zip" in str(refusal(zip_file(path, {"a.csv": "id\n1\n"}, ZIP_BZIP2)))


@pytest.mark.parametrize("count", [1001, 20_000])
def test_too_many_members_are_refused(path: Path, count: int) -> None:
    refused = refusal(zip_file(path, {f"{number}.csv": "" for number in range(count)}))
    assert refused.code is RefusalCode.ARCHIVE_LIMIT
    assert "more than 1000 files" in str(refused)


def bomb(path: Path, megabytes: int) -> Path:
    """Rows that pack to a thousandth."""
    rows = b"0" * 63 + b"\n"
    piece = rows * (1 << 14)
    if path.name.endswith(".gz"):
        with gzip.open(path, "wb") as file:
            file.write(b"id\n")
            for _ in range(megabytes):
                file.write(piece)
    else:
        with ZipFile(path, "w", ZIP_DEFLATED) as archive, archive.open("a.csv", "w", force_zip64=True) as member:
            member.write(b"id\n")
            for _ in range(megabytes):
                member.write(piece)
    return path


@pytest.mark.parametrize("name", ["file.csv.zip", "file.csv.gz"])
def test_an_archive_made_to_fill_a_disk_is_refused(tmp_path: Path, name: str) -> None:
    path = bomb(tmp_path / name, 120)
    assert path.stat().st_size < 1 << 20
    refused = refusal(path)
    assert refused.code is RefusalCode.ARCHIVE_LIMIT
    assert "more than 200 times its size" in str(refused)


@pytest.mark.parametrize("name", ["file.csv.zip", "file.csv.gz"])
def test_an_archive_that_unpacks_to_more_than_is_allowed_is_refused(tmp_path: Path, name: str) -> None:
    path = bomb(tmp_path / name, 3)
    assert len(read_back(path).rows) == 3 << 14
    refused = refusal(path, max_unpacked_mb=2)
    assert refused.code is RefusalCode.ARCHIVE_LIMIT
    assert "more than 2 MB" in str(refused)


def test_a_member_that_states_a_smaller_size_than_it_has_is_refused_as_broken(path: Path) -> None:
    bomb(path, 3)
    content = path.read_bytes()
    with ZipFile(path) as archive:
        (info,) = archive.infolist()
    stated = struct.pack("<L", info.file_size)
    assert stated in content
    path.write_bytes(content.replace(stated, struct.pack("<L", 64)))
    refused = refusal(path, max_unpacked_mb=2)
    assert refused.code is RefusalCode.UNREADABLE
    assert "broken" in str(refused)


def test_members_that_share_their_packed_data_are_each_counted(path: Path) -> None:
    zip_file(path, {"a.csv": "id\n" + "1\n" * 400_000})
    with ZipFile(path, "a") as archive:
        first = archive.infolist()[0]
        for number in range(5):
            again = ZipInfo(f"b{number}.csv")
            for name in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(again, name, getattr(first, name))
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
        archive._didModify = True  # type: ignore[attr-defined]
    assert refusal(path, max_unpacked_mb=2).code is RefusalCode.ARCHIVE_LIMIT


def test_a_file_without_a_name_in_an_archive_is_refused(path: Path) -> None:
    content = zip_file(path, {"a": "id\n1\n", "b": "id\n2\n"}).read_bytes()
    path.write_bytes(content.replace(b"a", b"\0"))
    assert "has a file without a name" in str(refusal(path))
