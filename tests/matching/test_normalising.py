"""Names and numbers as they are compared."""

import pytest

from wiseparts_pipeline.matching.normalising import company_key, gtin, part_number, part_number_groups
from wiseparts_pipeline.warehouse import Warehouse


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("HELLA GmbH & Co. KGaA", "hella"),
        ("Brembo S.p.A.", "brembo"),
        ("Škoda a.s.", "skoda"),
        ("Hewlett-Packard", "hewlettpackard"),
        ("ΕΛΑΣΤΙΚΑ Α.Ε.", "ελαστικα"),
        ("SE", "se"),
        ("---", ""),
    ],
)
def test_companies_are_the_same_without_their_legal_forms(name: str, key: str) -> None:
    assert company_key(name) == key


def test_only_numbers_with_the_right_check_digit_that_are_nobodys_own_are_eans(shared_warehouse: Warehouse) -> None:
    cells = {
        "4047024000018": "04047024000018",
        "04047024000018": "04047024000018",
        " 4047024-000018": "04047024000018",
        "4047024000017": None,
        "036000291452": "00036000291452",
        "96385074": "00000096385074",
        "2000000000015": None,
        "0200000000013": None,
        "00000000": None,
        "0000000000000": None,
        "404702400001": None,
        "brake pad": None,
        "": None,
    }
    query = f"select cell, {gtin('cell')} from unnest(%s::text[]) as cell"

    with shared_warehouse.connect() as connection:
        assert dict(connection.execute(query.encode(), [list(cells)]).fetchall()) == cells


def test_numbers_are_compared_without_blanks_and_strokes(shared_warehouse: Warehouse) -> None:
    query = f"select {part_number('cell')}, {part_number_groups('cell')} from unnest(%s::text[]) as cell"
    with shared_warehouse.connect() as connection:
        rows = connection.execute(query.encode(), [["0 986-494.019", "bc905", " - "]]).fetchall()

    assert rows == [("0986494019", "0-986-494-019"), ("BC905", "BC905"), (None, "")]
