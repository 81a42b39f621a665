"""What `inspect` calls sure about the layout is right for every real file, and for every case that was reported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.harness import DATA
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.layout.head import read_head
from wiseparts_pipeline.profiling.layout.header import looks_like_data
from wiseparts_pipeline.profiling.layout.layout import FileLayout, find_layout
from wiseparts_pipeline.profiling.sampling import Sample, name_of, read_sample
from wiseparts_pipeline.profiling.terms import is_name

CASES = DATA.parent / "cases"
SUFFIXES = {".csv", ".txt", ".xlsx", ".jsonl", ".xml"}
# Of files that are alike, some are enough.
_MOST_OF_FOLDER = 12

# The attributes of `file:` that a person wrote after a look at the file, or some of them.
BY_HAND: dict[str, dict[str, Any]] = {
    "data/accounts_receivable/WA_Fn-UseC_-Accounts-Receivable.csv": {"delimiter": ",", "encoding": "utf-8"},
    "data/adventureworks/oltp/Customer.csv": {"delimiter": "\t", "header": False, "row_end": "auto"},
    "data/adventureworks/oltp/Store.csv": {"delimiter": "+|", "header": False, "row_end": "&|\n"},
    "data/adventureworks/seeds/sales/store.csv": {"delimiter": ",", "quote": '"'},
    "data/calls_anonymous_bank/data_anonymous_bank_february.txt": {"delimiter": "\t"},
    "data/calls_asterisk_cdr/Master.csv": {"delimiter": ",", "quote": '"', "header": False},
    "data/crm_opportunities/sales_pipeline.csv": {"delimiter": ","},
    "data/google_taxonomy/taxonomy-with-ids.en-US.txt": {"delimiter": " - ", "skip_lines": 1, "header": False},
    "data/opentrans/samples/Example_ORDER_Testdistributor_Bestellung.xml": {
        "format": "xml", "row_element": "ORDER/ORDER_ITEM_LIST/ORDER_ITEM",
    },
    "cases/03-nbsp-thousands/input/Sales/VENTES_2026-01-31.csv": {"delimiter": ";"},
    "cases/11-backslash-quotes/input/Products/PRODUCTS_2026-01-31.csv": {"delimiter": ",", "escape": "\\"},
    "cases/38-blank-lines-above-header/input/Stock/STOCK_2026-01-31.xlsx": {"format": "xlsx", "skip_lines": 4},
    "cases/49-inspect-odd-files/input/a.csv": {},
    "cases/49-inspect-odd-files/input/b.csv": {"delimiter": ",", "header": False, "skip_lines": 1},
    "cases/49-inspect-odd-files/input/c.csv": {"delimiter": ";", "skip_lines": 3},
    "cases/49-inspect-odd-files/input/d.csv": {"delimiter": ";", "skip_lines": 1},
}  # fmt: skip


def files() -> Iterator[Path]:
    """Some files of each folder."""
    folders = sorted({path.parent for root in (DATA, CASES) for path in root.rglob("*") if path.suffix in SUFFIXES})
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)[:_MOST_OF_FOLDER]


def look_at(path: Path) -> tuple[FileLayout, Sample]:
    """What `inspect` finds of the layout, and the first rows as it reads them."""
    head = read_head(path)
    layout = find_layout(path, head)
    return layout, read_sample(path, name_of(path, head), layout.file)


@pytest.mark.skipif(not DATA.exists(), reason="the real data are not here")
def test_what_is_called_sure_is_right_wherever_it_can_be_told() -> None:
    wrong = []
    for path in files():
        try:
            layout, sample = look_at(path)
        except InspectionError:
            continue
        sure = {name for name, fact in layout.facts.items() if fact.confidence is Confidence.SURE}
        rows = sum(map(len, sample.batches))
        malformed = sum(len(batch.malformed) for batch in sample.batches)
        names = [name for name in sample.columns if not name.startswith("_")]
        mistakes = {
            "encoding": any(batch.has_bad_bytes for batch in sample.batches),
            "delimiter": malformed > 0.05 * (rows + malformed),
            "header": any(map(looks_like_data, names)) or (not layout.has_names and _has_names(layout)),
        }
        wrong += [(path.name, name) for name, is_wrong in mistakes.items() if is_wrong and name in sure]

    assert wrong == []


def _has_names(layout: FileLayout) -> bool:
    """Whether a first row that is called data has names that are known."""
    first = str(layout.facts["header"].why).removeprefix("the first row contains ")
    return is_name(first)


@pytest.mark.skipif(not DATA.exists(), reason="the real data are not here")
@pytest.mark.parametrize("name", BY_HAND)
def test_the_layout_is_that_which_a_person_wrote(name: str) -> None:
    path = DATA.parent / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    layout, sample = look_at(path)

    defaults: dict[str, Any] = {"header": True, "skip_lines": 0, "format": "csv", "row_end": "auto", "escape": ""}
    found = defaults | layout.file

    assert {attribute: found[attribute] for attribute in BY_HAND[name]} == BY_HAND[name]
    assert not any(batch.malformed for batch in sample.batches)
