"""Headers and rows with more names than a table has columns are refused, after work that grows with their length."""

import json
from pathlib import Path

import pytest

from tests.importing.hostile.limited import read_with_limits
from tests.importing.reading.read_back import read_back, refusal
from tests.importing.reading.xlsx.written import sheet, text, workbook
from wiseparts_pipeline.config.attributes import repeated
from wiseparts_pipeline.importing.faults import RefusalCode
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.formats.json_values import InvalidJson, parsed

NAMES = [f"n{number}" for number in range(150_000)]


@pytest.mark.parametrize("delimiter", [",", "||", "\t"])
def test_a_header_of_150_000_names_is_refused(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(delimiter.join(NAMES[: 1_000_000 // (len(delimiter) + 7)]) + "\n1\n")
    taken = read_with_limits(path, delimiter=delimiter)
    assert taken.code == "too_many_columns"
    assert f"more than the {sizes.MOST_NAMES:,} that can be read" in taken.message


@pytest.mark.parametrize("header", [",_unnamed_1", "_unnamed_2,", "a,,_unnamed_2"])
def test_a_name_that_a_column_without_one_gets_is_there_once(tmp_path: Path, header: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{header}\n1,2,3\n")
    refused = refusal(path)
    assert refused.code is RefusalCode.DUPLICATE_COLUMN
    assert header.strip(",").rpartition(",")[2] in str(refused)


def test_a_message_that_names_very_long_columns_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(",".join(f"{'x' * 99}{number % 900}" for number in range(1_800)))
    message = str(refusal(path))
    assert message.startswith("The header names a column more than once: xxx")
    assert message.endswith("x99.")
    assert len(message) < 2_100


def test_a_workbook_with_more_names_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "file.xlsx", sheet([text(name) for name in NAMES[:16_384]]))
    assert read_with_limits(path, format="xlsx").code == "too_many_columns"


def test_the_widest_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{','.join(NAMES[: sizes.MOST_NAMES])}\n{',' * (sizes.MOST_NAMES - 1)}x\n")
    assert read_back(path).cells[0][-1] == "x"
    path.write_text(f"{','.join(NAMES[: sizes.MOST_NAMES + 1])}\n")
    assert refusal(path).code is RefusalCode.TOO_MANY_COLUMNS


class Counted(str):
    """A name that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_repeated_names_are_found_by_looking_at_each_once() -> None:
    Counted.compared = 0
    names = [Counted(f"n{number}") for number in range(2_000)]
    assert repeated([*names, Counted("n1999")]) == ["n1999"]
    assert Counted.compared < 10 * len(names)


def test_a_name_that_is_repeated_is_told() -> None:
    with pytest.raises(Exception, match="more than once: a, b"):
        column_names(["a", "b", "c", "b", "a", "b"], "utf-8")


def test_a_json_object_of_150_000_names_of_which_the_last_comes_again_takes_bounded_time() -> None:
    pairs = ",".join(f'"{name}":1' for name in [*NAMES, NAMES[-1]])
    with pytest.raises(InvalidJson, match="'n149999' is there twice"):
        parsed(f"{{{pairs}}}")


def test_a_json_line_of_very_many_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(json.dumps(dict.fromkeys(NAMES[:70_000], 1)) + "\n")
    assert read_with_limits(path, format="jsonl").code == "unreadable"


@pytest.mark.parametrize("form", ["elements", "attributes"])
def test_a_row_of_xml_with_very_many_names_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "file.xml"
    if form == "elements":
        path.write_text(f"<r><row>{''.join(f'<{name}/>' for name in NAMES[:90_000])}</row></r>")
    else:
        attributes = " ".join(f"{name}='x'" for name in NAMES[:70_000])
        path.write_text(f"<r><row {attributes}/></r>")
    assert read_with_limits(path, format="xml", row_element="row").code == "unreadable"
