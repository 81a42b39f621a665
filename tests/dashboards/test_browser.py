"""The dashboards in a browser."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
import vizro.models as vm
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from vizro.managers import model_manager

from tests.dashboards.screen import READ, assert_shown
from wiseparts_pipeline.dashboards.pages import PAGES
from wiseparts_pipeline.dashboards.service import Service

SECONDS = 60
PAGE_NAMES = [page.__name__.rpartition(".")[2] for page in PAGES]
CUSTOMER = "30.00.00.0290"
expect.set_options(timeout=SECONDS * 1000)


class Watched:
    """A page that notes what goes wrong."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.faults = page, address, list[str]()
        page.set_default_timeout(SECONDS * 1000)
        page.on("console", lambda message: self._note(message.type == "error", message.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        # What is still loading when one leaves the page is aborted.
        page.on("requestfailed", self._note_failure)
        page.on("response", lambda response: self._note(response.status >= 400, f"{response.status}: {response.url}"))
        page.on("request", lambda request: self._note(self._is_foreign(request.url), f"foreign: {request.url}"))

    def _note_failure(self, request: Any) -> None:
        self._note("ABORTED" not in request.failure, f"failed: {request.url}")

    def open(self, path: str) -> Page:
        """The page, with all of its figures."""
        self.page.goto(self.address + path)
        return self.shown()

    def shown(self) -> Page:
        """The page once nothing of it is awaited any more."""
        expect(self.page.locator(".page-head")).to_contain_text("As of")
        expect(self.page.locator("[data-dash-is-loading]")).to_have_count(0)
        return self.page

    def _note(self, is_fault: bool, what: str) -> None:
        if is_fault:
            self.faults.append(what)

    def _is_foreign(self, url: str) -> bool:
        return urlsplit(url).scheme.startswith("http") and not url.startswith(self.address)


@pytest.fixture
def opened(profile: BrowserContext, address: str) -> Iterator[Callable[[], Watched]]:
    """Makes pages in one browser, which keeps the files that all of them load."""
    pages = []

    def make() -> Watched:
        pages.append(profile.new_page())
        return Watched(pages[-1], address)

    yield make
    for page in pages:
        page.close()


def way(page: Page) -> list[str]:
    """The families from the top down to the one that is shown."""
    return page.locator("#sales-way .step, #sales-way .step-here").all_inner_texts()


def families(page: Page) -> list[list[str]]:
    """The names and numbers of the families' bars."""
    rows = page.locator("#sales-families .row").all()
    return [[row.locator(".name").inner_text(), row.locator(".number").inner_text()] for row in rows]


def click_family(page: Page, place: int = 0) -> str:
    row = page.locator("#sales-families button.row").nth(place)
    name = row.locator(".name").inner_text()
    row.click()
    expect(page.locator("#sales-way .step-here")).to_have_text(name)
    return name


def figures_of(page: str) -> list[Any]:
    """All but those that say where one is."""
    found = [figure for figure in model_manager._get_models(vm.Figure) if figure.id.startswith(f"{page}-")]
    return [figure for figure in found if not figure.id.endswith(("-head", "-way"))]


@pytest.mark.parametrize("page", PAGE_NAMES)
def test_a_page_shows_what_its_queries_give_without_faults_or_another_host(
    server: Flask, service: Service, opened: Callable[[], Watched], page: str
) -> None:
    given = {"customer": CUSTOMER} if page == "customer" else {}
    watched = opened()
    shown_page = watched.open(f"/{page}?{urlencode(given)}")
    queries = {figure.id: figure["data_frame"] for figure in figures_of(page)}
    screens = shown_page.evaluate(READ, list(queries))
    assert not shown_page.evaluate("() => 'Plotly' in window"), "its script takes more than a second"
    shown_page.locator("#theme-toggle").click()
    shown_page.wait_for_load_state("networkidle")

    with server.test_request_context():
        for figure, name in queries.items():
            shown = service.shown(name, given)
            assert shown.result is not None, shown.problem
            assert_shown(figure, screens[figure], shown.result, shown.currency)
    assert watched.faults == []


def test_what_a_chart_shows_is_read_with_the_arrow_keys(opened: Callable[[], Watched]) -> None:
    page = opened().open("/sales")
    months = page.locator("#sales-months .slot")
    months.first.focus()

    page.keyboard.press("ArrowRight")

    expect(months.nth(1)).to_be_focused()
    expect(months.nth(1).locator(".tip")).to_have_css("opacity", "1")
    expect(months.first.locator(".tip")).to_have_css("opacity", "0")


def test_families_are_clicked_down_and_up_again(opened: Callable[[], Watched]) -> None:
    watched = opened()
    page = watched.open("/sales")
    top = families(page)

    clicked = [click_family(page) for _ in range(3)]
    assert way(page) == ["All brand families", *clicked]
    page.locator("#sales-way .step").nth(1).click()
    expect(page.locator("#sales-way .step-here")).to_have_text(clicked[0])
    page.locator("#sales-way .step").first.click()
    expect(page.locator("#sales-way .step-here")).to_have_text("All brand families")

    assert families(page) == top
    assert watched.faults == []


def test_an_address_opens_the_same_view_in_another_browser(
    opened: Callable[[], Watched], chromium: Browser, address: str
) -> None:
    page = opened().open("/sales")
    click_family(page, 1)
    page.wait_for_load_state("networkidle")

    with chromium.new_context() as context:
        another = Watched(context.new_page(), address).open(page.url.removeprefix(address))

        expect(another.locator("#sales-way .step-here")).to_have_text(way(page)[-1])
        assert families(another) == families(page)


def test_an_address_may_have_plain_values(opened: Callable[[], Watched]) -> None:
    page = opened().open("/sales?sales-currency=RON&sales-family=F01")

    expect(page.locator(".page-head")).to_contain_text("amounts in RON")
    assert len(way(page)) == 2


def test_reset_shows_everything_again(opened: Callable[[], Watched]) -> None:
    page = opened().open("/sales?sales-family=F01")

    page.locator("#reset-button").click()

    expect(page.locator("#sales-way .step-here")).to_have_text("All brand families")


def test_a_figure_is_exported_as_it_is_shown(opened: Callable[[], Watched], tmp_path: Path) -> None:
    page = opened().open("/sales?sales-family=F01")

    with page.expect_download() as download:
        page.locator("#sales-families a[title='Export as CSV']").click()
    heading, *rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()

    assert download.value.suggested_filename == "sales_families.csv"
    assert heading.startswith("name,key,family_key,last_12_months_net_amount")
    assert [row.partition(",")[0] for row in rows] == [name for name, _ in families(page)]


def test_a_table_is_sorted_by_value_with_a_click_or_the_keyboard(opened: Callable[[], Watched]) -> None:
    page = opened().open("/receivables")
    heading = page.locator("#receivables-debtors th", has_text="Open")
    cells = page.locator("#receivables-debtors td:nth-child(4)")

    def amounts() -> list[Decimal]:
        return [Decimal(text.replace(",", "")) for text in cells.all_inner_texts()]

    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert amounts() == sorted(amounts(), reverse=True)
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert amounts() == sorted(amounts())


def test_after_a_build_a_click_loads_the_whole_page_again(opened: Callable[[], Watched]) -> None:
    page = opened().open("/sales")
    page.evaluate("dash_clientside.set_props('sales-build-value', {value: 'an earlier build'})")

    with page.expect_event("load"):
        page.locator("#sales-families button.row").first.click()

    expect(page.locator("#sales-way .step-here")).not_to_have_text("All brand families")
    assert len(families(page)) > 0


@pytest.mark.parametrize("family", ["F01", "F0101"])
def test_the_families_below_one_add_up_to_it(server: Flask, service: Service, family: str) -> None:
    with server.test_request_context():
        below = service.shown("sales/families", {"currency": "EUR", "family": family}).result
        total = service.shown("sales/totals", {"currency": "EUR", "family": family}).result
    assert below is not None
    assert total is not None
    amount = below.columns.index("last_12_months_net_amount")

    assert sum((row[amount] for row in below.rows), Decimal()) == total.rows[0][0]


def test_a_line_of_today_lists_whom_it_is_about_and_leads_to_its_page(opened: Callable[[], Watched]) -> None:
    watched = opened()
    page = watched.open("/today")

    page.locator("#today-reasons button", has_text="credit limit").click()
    reasons = page.locator("#today-attention tbody td:first-child")
    expect(reasons.first).to_have_text("Over the limit")
    page.locator("#today-reasons li", has_text="credit limit").locator("a").click()

    expect(page.locator(".page-head")).to_contain_text("As of")
    expect(page.locator("#receivables-over-limit tbody tr").first).to_be_visible()
    listed = page.locator("#receivables-over-limit tbody tr").count()
    count = watched.open("/today").locator("#today-reasons li", has_text="credit limit").locator(".line-count")
    assert str(listed) == count.inner_text()
    assert watched.faults == []


def test_the_biggest_customers_are_called_back_first(opened: Callable[[], Watched]) -> None:
    page = opened().open("/call_centre?call_centre-days=91")
    rows = page.locator("#call_centre-call_backs tbody tr")
    calls: list[list[str]] = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")

    strangers = [call[0] == "(unknown)" for call in calls]
    classes = [call[6] or "none" for call in calls if call[0] != "(unknown)"]
    first = [call for call in calls if call[6] == "A" and call[8] == calls[0][8]]
    amounts = [Decimal(call[7].replace(",", "")) for call in first]

    assert strangers == sorted(strangers)
    assert classes == sorted(classes)
    assert first == calls[: len(first)]
    assert amounts == sorted(amounts, reverse=True)
    assert len(set(amounts)) > 1


def test_a_customer_who_is_not_in_the_list_opens_by_the_address(
    opened: Callable[[], Watched], analyst: psycopg.Connection[dict[str, Any]]
) -> None:
    found = analyst.execute("""
        select customer_key, name from marts.customer_360
        where not is_unknown and last_12_months_net_amount = 0 and previous_12_months_net_amount = 0 and open_amount = 0
        order by customer_key limit 1
    """).fetchone()
    assert found is not None

    page = opened().open(f"/customer?customer={found['customer_key']}")

    expect(page.locator("#customer-customer-list")).to_contain_text(found["name"])
    expect(page.locator("#customer-profile")).to_contain_text(found["name"])
