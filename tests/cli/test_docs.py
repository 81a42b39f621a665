"""`wiseparts docs`."""

import re

from tests.installation import Installation


def test_the_page_is_complete_and_loads_nothing_else(installation: Installation) -> None:
    done = installation.run("docs", "--out", "page.html")

    assert (done.status, done.out) == (0, "Wrote page.html; open it in a browser.\n"), done.err
    page = (installation.folder / "page.html").read_text(encoding="utf-8")
    described = ("The marts of WiseParts", "One row per importer", "wiseparts.fct_sales", "wiseparts.sales_report")
    assert [text for text in described if text not in page] == []
    assert re.findall(r"""<(?:script|link|img)\b[^>]*(?:src|href)="(?:https?:)?//[^"]*""", page) == []
    # The page calls home only if it may send usage statistics.
    assert re.findall(r'"send_anonymous_usage_stats": (\w+)', page) == ["false"]


def test_a_page_that_cannot_be_written_is_reported_in_one_line(installation: Installation) -> None:
    done = installation.run("docs", "--out", "/no/such/folder/page.html")

    assert done.status == 1
    assert "/no/such/folder/page.html" in done.err
