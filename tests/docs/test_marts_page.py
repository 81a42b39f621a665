"""docs/marts.md names every mart, and its everyday questions are answered by the demo as the analyst asks them."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.questions import Question, everyday_questions
from tests.installation import Finished, Installation
from wiseparts_pipeline.home import DBT_PROJECT, PROJECT
from wiseparts_pipeline.warehouse import Warehouse, embedded

PAGE = PROJECT / "docs" / "marts.md"
QUESTIONS = everyday_questions()


@pytest.fixture(scope="module")
def analyst(demo: tuple[Installation, Finished]) -> Iterator[psycopg.Connection[Any]]:
    installation, _ = demo
    with (
        embedded.running(installation.folder / "home" / "postgres") as url,
        Warehouse(url).connect(autocommit=True, read_only_analyst=True) as connection,
    ):
        yield connection


def test_the_tables_name_every_mart() -> None:
    listed = PAGE.read_text(encoding="utf-8").partition("## What holds everywhere")[0]
    tables = re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", listed, re.MULTILINE)

    assert sorted(name for row in tables for name in row if name) == sorted(
        path.stem for path in DBT_PROJECT.glob("models/*/marts/*.sql")
    )


def test_there_are_fifteen_questions_and_more() -> None:
    assert len(QUESTIONS) >= 15


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_a_question_gives_rows_with_the_columns_that_the_page_names(
    analyst: psycopg.Connection[Any], question: Question
) -> None:
    answer = analyst.execute(question.query.encode())
    promised = set(re.findall(r"`([^`]+)`", question.text))

    assert answer.description is not None
    columns = [column.name for column in answer.description]
    assert promised <= set(columns)
    assert answer.fetchone() is not None


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_no_question_divides_by_zero(question: Question) -> None:
    divisors = re.findall(r" / (\w+)", question.query)
    assert [name for name in divisors if name != "nullif" and f"{name} > 0" not in question.query] == []
