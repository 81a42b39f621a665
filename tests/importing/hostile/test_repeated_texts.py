"""A long text that very many rows repeat is refused before it fills the memory."""

import json

import pytest

from tests.importing.drop import Drop, csv
from wiseparts_pipeline.importing.ledger.outcome import Status

COLUMNS = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
LONG = "x" * 900_000
ROWS = [f"A,{number},won," for number in range(2, 3_000)]
HEADER = "quote_id,line_no,status,description"
FILLED = csv(HEADER, [f"A,1,won,{LONG}", *ROWS])


@pytest.mark.parametrize(
    ("settings", "content"),
    [
        ({"fill_down": {"within": "quote_id", "columns": ["description"]}}, FILLED),
        (
            {"fill_down": {"columns": ["quote_id", "description"], "from": "above"}},
            FILLED.replace("\nA,", "\n,").replace("\n,1,", "\nA,1,"),
        ),
        (
            {
                "columns": COLUMNS | {"description": {"from_head": {"line": 1, "pattern": "(.+)"}}},
                "file": {"skip_lines": 1},
            },
            f"{LONG}\n" + csv("quote_id,line_no,status", [row.removesuffix(",") for row in ROWS]),
        ),
        (
            {
                "columns": COLUMNS | {"line_no": "lines.no", "status": {"constant": "won"}},
                "file": {"format": "jsonl", "rows_in": "lines"},
            },
            json.dumps({"quote_id": "A", "description": LONG, "lines": [{"no": n} for n in range(1, 3_000)]}) + "\n",
        ),
    ],
    ids=["fill_down", "from above", "from_head", "rows_in"],
)
def test_a_long_text_that_very_many_rows_repeat_is_refused(
    drop: Drop, settings: dict[str, object], content: str
) -> None:
    quotes = drop.of("quotes", **({"columns": COLUMNS} | settings))
    result = quotes.imported("a.csv", content)
    assert (result.status, result.file.error_code) == (Status.REFUSED, "archive_limit"), result.file.error
