"""What a file's columns are called is told when some are missing: those, and the ones that nothing takes."""

from typing import Any

import pytest

from tests.importing.drop import Drop
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.notify import wording
from wiseparts_pipeline.warehouse.ops import ensure_schemas

COLUMNS = {"customer_id": "No", "credit_limit": ["CreditLimit", "Limit"], "sales_rep_id": "SalesRep", "phone": "Tel"}
TEXT = "No,Name,Credit Limit,Rep,Blocked,Tel,Status\nC1,Alpha,1,R1,N,+30,ok\n"


def customers(drop: Drop) -> Drop:
    return drop.of("customers", columns=COLUMNS | {"name": "Name"}, where=[{"column": "Status", "in": "ok"}])


def test_missing_and_unused_columns_are_named_and_counted_as_before(drop: Drop) -> None:
    result = customers(drop).imported("c.csv", TEXT)
    assert result.file.warnings == {"missing_column": 2}
    assert result.file.file_columns == {
        "missing": ["SalesRep", "CreditLimit or Limit"],
        "unused": ["Credit Limit", "Rep", "Blocked"],
    }
    assert "The file has no column SalesRep, CreditLimit or Limit. Nothing takes its columns Credit Limit, Rep" in (
        " ".join(wording.warnings(result.file.warnings, result.file.file_columns))
    )


def test_unused_columns_alone_are_information(drop: Drop) -> None:
    result = drop.of("customers").imported("c.csv", "customer_id,name,Blocked\nC1,Alpha,N\n")
    assert result.status is Status.IMPORTED
    assert result.file.warnings == {}
    assert result.file.file_columns == {"unused": ["Blocked"]}
    assert wording.missing_columns(result.file.file_columns) == ""


def test_a_dry_run_names_them_too(drop: Drop) -> None:
    assert customers(drop).imported("c.csv", TEXT, dry_run=True).file.file_columns["missing"] == [
        "SalesRep",
        "CreditLimit or Limit",
    ]


def test_a_file_with_too_many_rejected_rows_says_what_is_wrong_with_most(drop: Drop) -> None:
    rows = ["C1,x,A", *(f"D{number},many,Alpha" for number in range(25)), "E1,1"]
    result = drop.of("customers").imported("c.csv", "\n".join(["customer_id,credit_limit,name", *rows, ""]))
    assert "27 of 27 rows were rejected" in str(result.file.error)
    assert "The most frequent fault, of 26 rows, is first in line 2: credit_limit: 'x' is not a number." in str(
        result.file.error
    )


def test_an_earlier_ledger_gets_the_column(drop: Drop) -> None:
    drop.execute("alter table ops.import_files drop column file_columns")
    with drop.warehouse.connect() as connection:
        ensure_schemas(connection)
    assert drop.of("customers").imported("c.csv", "customer_id,name,x\nC1,Alpha,1\n").file.file_columns == {
        "unused": ["x"]
    }


@pytest.mark.parametrize(
    ("text", "file", "advice"),
    [
        ("No;Name\nC1;Alpha\n", {}, "if ';' separates its columns, set file.delimiter: ';'"),
        ("No\tName\nC1\tAlpha\n", {}, "set file.delimiter: '\\t'"),
        ("No,Name\nC1,Alpha\n", {"delimiter": ";"}, "set file.delimiter: ','"),
        ("sep=;\nNo;Name\nC1;Alpha\n", {"delimiter": ";"}, "set file.skip_lines: 1"),
        ("INVOICE_ID,line_no\nC1,1\n", {}, "`match_columns: loose` takes INVOICE_ID"),
        ("Invoice,line_no\nC1,1\n", {}, "which every row needs. It has: Invoice, line_no."),
    ],
)
def test_a_refusal_names_the_setting_that_would_find_the_columns(
    drop: Drop, text: str, file: dict[str, Any], advice: str
) -> None:
    result = drop.of("sales", file=file).imported("s.csv", text)
    assert result.file.error_code == "missing_column"
    assert advice in str(result.file.error)


def test_a_column_that_the_file_lacks_is_not_called_empty(drop: Drop) -> None:
    customers = drop.of("customers")
    customers.imported("c.csv", "customer_no,name\nC1,Alpha\n")
    assert customers.rejects("message") == [
        ("customer_id, a column that the file does not have, is empty. A row that creates a record needs it.",)
    ]
