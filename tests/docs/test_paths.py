"""Every file and folder that README, CONTRIBUTING and the pages on how it works name exists."""

import re
from pathlib import Path

import pytest

from wiseparts_pipeline.home import PACKAGE, PROJECT

PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "docs" / "architecture.md",
    PROJECT / "docs" / "glossary.md",
    PROJECT / "docs" / "reliability.md",
    *sorted((PROJECT / "docs" / "adr").glob("*.md")),
]
# Paths on the file server, and of the environment that make creates.
NOT_OURS = ("processed", "refused", "errors", "Sales", ".venv")
TO_BE_FILLED_IN = re.compile("ENTITY|DOMAIN|MART|COMMAND|PAGE|FIGURE")


def named_paths(page: Path) -> list[str]:
    """What is in code font and looks like a path, or like the name of a file at the top of the project."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    words = re.findall(r"`([\w./-]+)`", text)
    return [
        word
        for word in words
        if ("/" in word or word.endswith((".md", ".toml", ".lock"))) and word.split("/")[0] not in NOT_OURS
    ]


def exists(path: str) -> bool:
    """Whether it is there, below the project or the package; a name that is to be filled in may be any."""
    known = TO_BE_FILLED_IN.split(path)[0].rpartition("/")[0] if TO_BE_FILLED_IN.search(path) else path
    return (PROJECT / known).exists() or (PACKAGE / known).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_that_a_page_names_exist(page: Path) -> None:
    assert [path for path in named_paths(page) if not exists(path)] == []


def test_the_index_lists_every_decision() -> None:
    records = PROJECT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (records / "README.md").read_text(encoding="utf-8"))

    assert listed == sorted(path.name for path in records.glob("0*.md"))
