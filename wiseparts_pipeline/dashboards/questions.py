"""The everyday questions of docs/marts.md with their SQL, as a page of the server."""

import re
from functools import cache

from markdown_it import MarkdownIt

from wiseparts_pipeline.home import PROJECT

PAGE = PROJECT / "docs" / "marts.md"
_SECTION = "## Everyday questions"
_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Questions that the marts answer</title>
<link rel="stylesheet" href="{style}"></head><body class="questions">{body}</body></html>
"""


def anchor(question: str) -> str:
    """The fragment of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", question.lower()).replace(" ", "-")


@cache
def section() -> str:
    """The part of docs/marts.md with the questions, in Markdown; empty where it is not installed."""
    if not PAGE.is_file():
        return ""
    text = PAGE.read_text(encoding="utf-8").partition(_SECTION)[2]
    return _SECTION + text.partition("\n## ")[0]


def questions_page(style: str) -> str:
    """The questions as HTML with this style sheet, each at its `anchor`."""
    body = MarkdownIt().render(section())
    body = re.sub(
        r"<h3>(.*?)</h3>", lambda match: f'<h3 id="{anchor(_plain(match[1]))}">{match[1]}</h3>', body, flags=re.DOTALL
    )
    return _HTML.format(style=style, body=body)


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)
