"""Files that are joined: heads and lines, and tables of names, in the folder of the file that is inspected."""

from pathlib import Path

import yaml

from tests.profiling.inspecting import attributes, inspected, rules, write

LINES = ("Order No,Line,SKU,Qty,Price", "O1,1,A-1,2,10.00", "O1,2,A-2,1,25.00", "O2,1,A-1,5,9.50")
HEADS = (
    "Number;Order No;Order Date;Status;Currency;Freight",
    "7;O1;2026-01-15;open;EUR;4",
    "8;O2;2026-01-16;open;EUR;4",
)


def test_lines_are_joined_with_their_heads_as_these_are_written(tmp_path: Path) -> None:
    write(tmp_path, "HEADS_20260131.csv", *HEADS)
    write(tmp_path, "HEADS_20260130.csv", *HEADS)

    found = inspected(tmp_path, *LINES, name="LINES_20260131.csv", entity="orders")

    assert attributes(found)["join"] == [
        {"pattern": "HEADS_{date}.csv", "on": {"Order No": "Order No"}, "file": {"delimiter": ";"}}
    ]
    assert {"placed_at": "Order Date", "currency": "Currency"}.items() <= rules(found).items()
    assert found.trial.rejected == 0


def test_an_amount_of_the_whole_document_is_not_joined_to_its_lines(tmp_path: Path) -> None:
    write(tmp_path, "heads.csv", *HEADS)

    assert "shipping_amount" not in rules(inspected(tmp_path, *LINES, name="lines.csv", entity="orders"))


def test_a_head_says_which_file_has_its_lines(tmp_path: Path) -> None:
    write(tmp_path, "the lines.csv", *LINES)

    found = inspected(tmp_path, *HEADS, name="heads.csv", entity="orders")

    assert "join" not in attributes(found)
    assert f"`wiseparts inspect '{tmp_path / 'the lines.csv'}'`" in " ".join(found.notes)


def test_a_number_is_looked_up_in_a_table_of_codes(tmp_path: Path) -> None:
    write(tmp_path, "CURRENCIES_2026-01-31.csv", "No,CurrencyCode", "7,EUR", "8,USD")

    found = inspected(
        tmp_path, "Doc No,Line,Date,Qty,Price,CurrencyNo", "I1,1,2026-01-15,2,10,7", name="LINES_2026-01-31.csv",
        entity="sales",
    )  # fmt: skip

    assert attributes(found)["join"] == [{"pattern": "CURRENCIES_{date}.csv", "on": {"CurrencyNo": "No"}}]
    assert rules(found)["currency"] == "CurrencyCode"
    assert yaml.safe_load(found.yaml)["attributes"]["join"][0]["on"] == {"CurrencyNo": "No"}


def test_nothing_is_joined_to_a_file_that_lacks_nothing(tmp_path: Path) -> None:
    write(tmp_path, "cities.csv", "customer number,city", "1,Athina")

    assert "join" not in attributes(inspected(tmp_path, "customer number,name", "1,A", name="customers.csv"))


def test_a_table_that_has_a_key_twice_is_no_companion(tmp_path: Path) -> None:
    write(tmp_path, "heads.csv", *HEADS, HEADS[1])

    assert "join" not in attributes(inspected(tmp_path, *LINES, name="lines.csv", entity="orders"))
