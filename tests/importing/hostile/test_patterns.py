"""Regular expressions of importers that a text can make search for hours are given up, with a code."""

import resource
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from tests.importing.drop import Drop, csv
from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.records.row_shapes import Condition, Unpivot
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.reading.patterns import Pattern

EVIL = r"^((?:a|aa)+)$"
VICTIM = "a" * 80 + "!"


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Of processor time: two seconds for a pattern, which may be tried in several passes over a file."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 12


COLUMNS = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
ROWS = csv("quote_id,line_no,status", [f"{VICTIM},1,won", "B,1,won"])
EXTRACT = {"from": "quote_id", "extract": EVIL}
SETTINGS = {
    "extract": {"columns": COLUMNS | {"quote_id": EXTRACT}},
    "from_name": {"columns": COLUMNS | {"sales_rep_id": {"from_name": EVIL}}},
    "from_head": {
        "columns": COLUMNS | {"sales_rep_id": {"from_head": {"line": 1, "pattern": EVIL}}},
        "file": {"skip_lines": 1},
    },
    "matches": {"columns": COLUMNS, "where": [{"column": "quote_id", "matches": EVIL}]},
    "not_matches": {"columns": COLUMNS, "where": [{"column": "quote_id", "not_matches": EVIL}]},
    "ignore_lines": {"columns": COLUMNS, "file": {"ignore_lines": EVIL.replace("$", ",$")}},
    "unpivot": {"columns": COLUMNS, "unpivot": {"columns": EVIL, "name": "what", "value": "status"}},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_pattern_of_any_setting_that_would_search_for_hours_refuses_the_file(drop: Drop, setting: str) -> None:
    quotes = drop.of("quotes", **SETTINGS[setting])  # type: ignore[arg-type]
    name, content = "a.csv", ROWS
    if setting == "from_name":
        name = f"{VICTIM}.csv"
    elif setting == "from_head":
        content = f"{VICTIM}\n{ROWS}"
    elif setting == "unpivot":
        content = ROWS.replace("status", VICTIM)
    elif setting == "ignore_lines":
        content = f"{ROWS}{VICTIM}\n"
    result = quotes.imported(name, content)
    assert (result.status, result.file.error_code) == (Status.REFUSED, "slow_pattern")
    assert EVIL.rstrip("$")[:8] in str(result.file.error)
    assert quotes.stored("quote_id") == []
    assert (
        quotes.imported("b.csv", csv("quote_id,line_no,status,aa", ["B,1,won,won"])).file.error_code != "slow_pattern"
    )


def test_very_many_searches_that_are_each_slow_are_given_up_together() -> None:
    pattern = Pattern(EVIL)

    def search_all() -> None:
        for number in range(100_000):
            pattern.search("a" * 28 + f"!{number}")

    with pytest.raises(RefusedFile) as raised:
        search_all()
    assert raised.value.code is RefusalCode.SLOW_PATTERN


def test_a_good_pattern_may_search_any_amount_of_text() -> None:
    pattern = Pattern(r"^\s*(?:Order|Invoice)?\s*([A-Z]{1,3}-?\d+)(?!\d)")
    for number in range(200_000):
        pattern.search(f"Order AB-{number}")
    found = pattern.search("x" * 10_000_000)
    assert found is None


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("ΚΩΔ12", r"^(\w+)$", "ΚΩΔ12"),
        ("٣", r"^(\d)$", "٣"),
        ("a b", r"a\s(b)", "b"),
        ("x\n", "(x)$", "x"),
        ("ab", "(?!b)(.)", "a"),
        ("ÄB", "(?i:ä)(b|B)", "B"),
        ("a|b", r"([^|]*)$", "b"),
    ],
)
def test_it_finds_what_python_does(text: str, pattern: str, expected: str) -> None:
    import re

    found, same = Pattern(pattern).search(text), re.search(pattern, text)
    assert found is not None
    assert same is not None
    assert found[1] == same[1] == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "(",
        "(a){e<=1}",
        "(foo){i}",
        r"(\p{L})",
        "*",
        "([[:alpha:]]+)",
        "([^[:^digit:]x])",
        "([[:alpha:lpha:]])",
        "([[:a[: b:])",
    ],
)
def test_what_python_does_not_know_or_means_otherwise_is_a_wrong_configuration(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ColumnRule.model_validate({"from": "a", "extract": wrong})
    with pytest.raises(ValidationError):
        Condition.model_validate({"column": "a", "matches": wrong})
    with pytest.raises(ValidationError):
        FileFormat.model_validate({"ignore_lines": wrong})
    with pytest.raises(ValidationError):
        Unpivot.model_validate({"columns": wrong, "name": "a", "value": "b"})


def test_braces_that_are_repetitions_or_text_are_allowed() -> None:
    for right in (r"([\[:a:])", "([:a])", r"(a{2})", r"(a{2,})", r"(a{,3})", r"(\{e\})"):
        ColumnRule.model_validate({"from": "a", "extract": right})
