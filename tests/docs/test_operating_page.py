"""docs/operating.md says of every code, finding and command what it means."""

import re
from enum import StrEnum

import pytest

from wiseparts_pipeline.cli.main import app
from wiseparts_pipeline.diagnostics.check import Kind
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.faults import RefusalCode, RowCode, WarningCode
from wiseparts_pipeline.importing.ledger import Status

PAGE = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")


def explained(title: str) -> set[str]:
    """What stands in code font in the first two columns of the tables below a heading or sentence, up to the next."""
    section = PAGE.partition(title)[2].partition("\n\n|")[2]
    rows = re.split(r"\n\n", section)[0].splitlines()
    return {word for row in rows for cell in row.split("|")[:3] for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Of a rejected row", RowCode),
        ("Of a refused file", RefusalCode),
        ("Warnings are counted", WarningCode),
        ("## When a file is not taken", Kind),
        ("## The import log", Status),
    ],
)
def test_every_code_is_explained(title: str, codes: type[StrEnum]) -> None:
    assert {code.value for code in codes} <= explained(title)


def test_every_command_is_named() -> None:
    names = {word.split()[0] for word in explained("## Commands")}

    assert {command.name for command in app.registered_commands} <= names
