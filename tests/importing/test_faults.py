"""The codes, and the page in docs/ that is generated from them."""

import json
import pickle

import pytest

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode, WarningCode
from wiseparts_pipeline.importing.faults_page import FAULTS_PAGE, faults_page

CODES = [*RowCode, *RefusalCode, *WarningCode]


def test_the_page_of_codes_is_up_to_date() -> None:
    assert FAULTS_PAGE.read_text(encoding="utf-8") == faults_page(), (
        "docs/faults.md is stale: run python -m wiseparts_pipeline.importing.faults_page"
    )


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_a_code_is_its_text_and_declares_what_it_means_and_what_to_do(code: RowCode | RefusalCode) -> None:
    assert type(code)(str(code)) is code
    assert json.dumps({code: code}) == f'{{"{code}": "{code}"}}'
    assert pickle.loads(pickle.dumps(code)) is code
    assert code.meaning
    assert code.remedy


def test_the_message_of_a_refusal_is_one_line_in_its_codes_words() -> None:
    refused = RefusedFile(RefusalCode.SHRINK_GUARD, missing=4, stored=10, source="erp", limit=30.0)
    assert str(refused).startswith("The file lacks 4 of the 10 records of erp, more than 30 %; nothing was loaded.")
    assert str(RefusedFile(RefusalCode.UNREADABLE, "line 1:\n  no")) == "line 1: no"


def test_a_message_without_one_of_its_details_is_an_error() -> None:
    with pytest.raises(KeyError, match="limit"):
        RefusedFile(RefusalCode.SHRINK_GUARD, missing=4, stored=10, source="erp")
