"""XML: an element is a row, and paths from it are the columns."""

from pathlib import Path
from unittest.mock import patch

import pytest

from tests.importing.reading.read_back import ReadBack, read_back, refusal
from wiseparts_pipeline.importing.faults import RefusalCode
from wiseparts_pipeline.importing.reading import sizes

ORDERS = """<?xml version="1.0"?>
<Orders xmlns:e="urn:erp" sent="2025-01-31">
  <Order number="A1">
    <Header><Date>2025-01-30</Date></Header>
    <e:Lines>
      <e:Line no="1"><Sku>00123</Sku><Price currency="EUR">1.50</Price></e:Line>
      <e:Line no="2"><Sku>Ω &amp; <![CDATA[<b>]]></Sku><Tag>new</Tag><Tag>sale</Tag></e:Line>
    </e:Lines>
  </Order>
  <Order number="A2"><Header/><e:Lines><e:Line no="1"><Sku/></e:Line></e:Lines></Order>
</Orders>
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xml"


def read_xml(path: Path, text: str, row_element: str) -> ReadBack:
    path.write_text(text, encoding="utf-8")
    return read_back(path, format="xml", row_element=row_element)


@pytest.mark.parametrize("row_element", ["Line", "Lines/Line", "Orders/Order/Lines/Line"])
def test_elements_and_attributes_have_paths_from_the_row_element(path: Path, row_element: str) -> None:
    found = read_xml(path, ORDERS, row_element)
    assert found.column("@no") == ["1", "2", "1"]
    assert found.column("Sku") == ["00123", "Ω & <b>", ""]
    assert found.column("Price") == ["1.50", "", ""]
    assert found.column("Price/@currency") == ["EUR", "", ""]
    assert found.lines == {1: 6, 2: 7, 3: 10}


def test_elements_around_a_row_and_before_it_are_reached_by_two_dots(path: Path) -> None:
    found = read_xml(path, ORDERS, "Line")
    assert found.column("../../@number") == ["A1", "A1", "A2"]
    assert found.column("../../Header/Date") == ["2025-01-30", "2025-01-30", ""]
    assert found.column("../../../@sent") == ["2025-01-31"] * 3


def test_elements_after_a_row_or_twice_around_it_are_not_columns(path: Path) -> None:
    text = "<Os><O><Id>1</Id><T>a</T><T>b</T><L>x</L><Sum>9</Sum></O><O><Sum>8</Sum><L>y</L></O><Count>2</Count></Os>"
    found = read_xml(path, text, "L")
    assert found.columns == ["../Id", "."]
    assert found.cells == [["1", "x"], ["", "y"]]


def test_several_elements_of_one_path_are_a_json_list(path: Path) -> None:
    assert read_xml(path, ORDERS, "Line").column("Tag") == ["", '["new", "sale"]', ""]


def test_a_row_element_inside_another_is_a_field_of_it(path: Path) -> None:
    found = read_xml(path, "<C><C><N>a</N><C><N>b</N></C></C></C>", "C/C")
    assert found.columns == ["N", "C/N"]
    assert found.cells == [["a", "b"]]


@pytest.mark.parametrize("encoding", ["iso-8859-7", "windows-1253", "utf-16"])
def test_the_encoding_is_the_one_that_the_file_states(path: Path, encoding: str) -> None:
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><a><r><n>Αθήνα</n></r></a>'.encode(encoding))
    assert read_back(path, format="xml", row_element="r").cells == [["Αθήνα"]]


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("", RefusalCode.EMPTY_FILE, "empty"),
        ("<a><b/></a>", RefusalCode.EMPTY_FILE, "no element r, which file.row_element names. It has: a, a/b."),
        ("<a><r>1</r><r></a>", RefusalCode.UNREADABLE, "mismatched tag: line 1, column 16"),
        ("a;b\n1;2", RefusalCode.UNREADABLE, "not well-formed XML"),
        ("<?xml version='1.0' encoding='klingon'?><a/>", RefusalCode.UNREADABLE, "not well-formed XML"),
        ("<a>" * 101, RefusalCode.UNREADABLE, "nested more than 100 deep"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a><r>&x;</r></a>', RefusalCode.UNREADABLE, "entities (&x;) are not read"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><r>&x;</r></a>', RefusalCode.UNREADABLE, "entities (&x;)"),
        ("<a><r>" + "".join(f"<c{n}/>" for n in range(501)) + "</r></a>", RefusalCode.UNREADABLE, "more than 500"),
    ],
)
def test_a_file_that_cannot_be_read_safely_is_refused(path: Path, text: str, code: RefusalCode, expected: str) -> None:
    path.write_text(text, encoding="utf-8")
    refused = refusal(path, format="xml", row_element="r")
    assert refused.code is code
    assert expected in str(refused)


def test_a_file_of_entities_in_entities_is_refused_at_once(path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    path.write_text(f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a><r>&l9;</r></a>', encoding="utf-8")
    assert "entities (&l0;)" in str(refusal(path, format="xml", row_element="r"))


@pytest.mark.parametrize("text", ["<a><r>{}</r></a>", "<a>{}<r/></a>", '<a><r x="{}"/></a>', "<a><!--{}--><r/></a>"])
def test_an_element_longer_than_a_block_is_refused(path: Path, text: str) -> None:
    path.write_text(text.format("x" * 5000), encoding="utf-8")
    with patch.multiple(sizes, CHUNK=512, BLOCK=1024):
        assert "longer than 1,024 characters" in str(refusal(path, format="xml", row_element="r"))


def test_text_that_is_marked_up_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    path.write_text("<a><r>own<x>M6 <b>zinc <i>and</i></b> plated</x><y>\n <z>1</z>\n</y></r></a>")
    found = read_back(path, format="xml", row_element="r")
    assert found.column("x") == ["M6 zinc and plated"]
    assert (found.column("."), found.column("y/z"), "y" in found.columns) == (["own"], ["1"], False)


def test_a_utf8_file_that_declares_an_encoding_of_single_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    path.write_bytes('<?xml version="1.0" encoding="iso-8859-1"?><a><r><x>Müller</x></r></a>'.encode())
    assert "The file is UTF-8 text" in str(refusal(path, format="xml", row_element="r"))
