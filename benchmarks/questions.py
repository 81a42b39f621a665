"""The everyday questions of docs/marts.md."""

import re
from dataclasses import dataclass

from wiseparts_pipeline.home import PROJECT


@dataclass(frozen=True)
class Question:
    """A question, the text of its answer, and the query."""

    title: str
    text: str
    query: str


def everyday_questions() -> list[Question]:
    """The questions of the section, each with a heading, a text and one block of SQL."""
    page = (PROJECT / "docs" / "marts.md").read_text(encoding="utf-8")
    section = page.partition("\n## Everyday questions\n")[2].partition("\n## ")[0]
    parts = re.split(r"^### ", section, flags=re.MULTILINE)[1:]
    found = [re.fullmatch(r"(.+?)\n\n(.+?)\n\n```sql\n(.+?)\n```\s*", part, re.DOTALL) for part in parts]
    assert all(found), [part.splitlines()[0] for part, match in zip(parts, found, strict=True) if not match]
    return [Question(*match.groups()) for match in found if match]
