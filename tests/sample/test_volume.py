"""Sales lines for benchmarks are coherent, with faults in the requested numbers and kinds."""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from wiseparts_pipeline.sample import sales_lines


def _records(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    return header, records


def test_clean_lines_are_coherent(tmp_path: Path) -> None:
    rejected = sales_lines(1_000, tmp_path / "sales.csv")
    header, records = _records(tmp_path / "sales.csv")
    rows = [dict(zip(header, record, strict=True)) for record in records]

    assert not any(rejected.values())
    assert len({(row["invoice_id"], row["line_no"]) for row in rows}) == 1_000
    for row in rows:
        net = Decimal(row["quantity"]) * Decimal(row["unit_price"]) * (100 - Decimal(row["discount_percent"])) / 100
        assert Decimal(row["net_amount"]) == net.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert (Decimal(row["net_amount"]) < 0) == (row["document_type"] == "credit_note")


def test_bad_rows_are_of_the_declared_numbers_and_kinds(tmp_path: Path) -> None:
    rejected = sales_lines(10_003, tmp_path / "sales.csv", bad_percent=2)
    header, records = _records(tmp_path / "sales.csv")
    whole = [dict(zip(header, record, strict=True)) for record in records if len(record) == len(header)]
    found = Counter(
        column_count=len(records) - len(whole),
        not_a_date=sum(row["invoice_date"] == "2024-02-30" for row in whole),
        not_a_number=sum(row["quantity"] == "n/a" for row in whole),
        missing_required=sum(row["currency"] == "" for row in whole),
    )

    assert len(records) == 10_003
    assert sum(rejected.values()) == 200
    assert found == rejected


def test_chunks_join_seamlessly(tmp_path: Path) -> None:
    sales_lines(200_001, tmp_path / "sales.csv")
    _, records = _records(tmp_path / "sales.csv")

    assert [record[0] for record in records[99_999:100_001]] == ["INV00019999", "INV00020000"]
    assert len({(record[0], record[1]) for record in records}) == 200_001


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    sales_lines(500, tmp_path / "a.csv", bad_percent=1, seed=3)
    sales_lines(500, tmp_path / "b.csv", bad_percent=1, seed=3)

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
