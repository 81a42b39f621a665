"""Quotes and calls in a browser: clicks that choose."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.dashboards.test_browser import Watched, opened

__all__ = ["opened"]


def cards(page: Page) -> list[str]:
    return page.locator(".card-value").all_inner_texts()


def test_a_representative_is_clicked_and_the_path_leads_back(opened: Callable[[], Watched]) -> None:
    watched = opened()
    page = watched.open("/quotes")
    all_quotes = cards(page)
    name = page.locator("#quotes-representatives button.row .name").first.inner_text()

    page.locator("#quotes-representatives button.row").first.click()
    expect(page.locator("#quotes-way .step-here")).to_have_text(name)
    assert cards(page) != all_quotes
    page.locator("#quotes-way .step").first.click()
    expect(page.locator("#quotes-way .step-here")).to_have_text("All quotes")
    assert cards(page) == all_quotes
    assert watched.faults == []


def test_a_queue_is_clicked_in_the_list_that_shows_it(opened: Callable[[], Watched]) -> None:
    watched = opened()
    page = watched.open("/call_centre")
    queue = page.locator("#call_centre-queue_losses button.row .name").first.inner_text()

    page.locator("#call_centre-queue_losses button.row").first.click()
    # What is chosen cannot be clicked again.
    expect(page.locator("#call_centre-queue_losses button.row", has_text=queue)).to_have_count(0)

    expect(page.locator("#call_centre-queue-list")).to_contain_text(queue)
    assert watched.faults == []
