"""The controls of a page. Their values are in the address, under the control's id; an empty one stands for all."""

import base64
import json
from typing import Any, Literal
from urllib.parse import parse_qs

import dash_bootstrap_components as dbc
import vizro.models as vm
from dash import ctx, dcc, html
from flask import has_request_context

from wiseparts_pipeline.dashboards.marts import query
from wiseparts_pipeline.dashboards.service import service

# Vizro wants the options of a list when the page is made; ours are those of the moment.
_UNSET = [{"value": "", "label": ""}]
# How a value begins that Vizro has put into the address: JSON in Base64 without padding.
_ENCODED = "b64_"


class Choice(vm.Dropdown):
    """A list to choose from, whose options are the rows of a query, value and label, whenever the page is opened.

    `everything`: how all of them are called. `name` and `address`: of the control, in queries and in the address; a
    query that binds the name has what is chosen among its rows, where it does not have all.
    """

    type: Literal["choice"] = "choice"
    query: str
    name: str = ""
    address: str = ""
    everything: str = "All"
    options: Any = _UNSET
    multi: Any = False

    def build(self) -> html.Div:
        """The list with its options as of now."""
        # Vizro also builds every page once when the application is made.
        options = self.offered() if has_request_context() else [("", self.everything)]
        return html.Div(
            [
                dbc.Label(self.title, html_for=self.id),
                dcc.Dropdown(
                    id=self.id,
                    options=[{"value": value, "label": label} for value, label in options],
                    value="",
                    clearable=False,
                    optionHeight="auto",
                ),
            ]
        )

    def offered(self) -> list[tuple[str, str]]:
        """Values and labels, as of now."""
        chosen = {self.name: _in_address(self.address)} if self.name in query(self.query).parameters else {}
        return [("", self.everything), *service().options(self.query, chosen)]


def _in_address(name: str) -> Any:
    """The value that the address of the page has which Dash is opening, as it was written or as Vizro writes it."""
    search = ctx.inputs.get("_pages_location.search") or ""
    value = next(iter(parse_qs(search.removeprefix("?")).get(name, [])), "")
    if not value.startswith(_ENCODED):
        return value
    try:
        return json.loads(base64.urlsafe_b64decode(value.removeprefix(_ENCODED) + "=="))
    except ValueError:
        return value


class CurrencyChoice(Choice):
    """The choice of a currency. Nothing chosen stands for the first, under its name where all customers have the same.

    Its query is `page/currencies`.
    """

    type: Literal["currency"] = "currency"  # type: ignore[assignment]

    def offered(self) -> list[tuple[str, str]]:
        """The currencies, as of now."""
        if query(self.query).parameters:
            return super().offered()
        usual, *others = service().currencies(self.query.partition("/")[0]) or [self.everything]
        return [("", usual), *((each, each) for each in others)]


class Clicked(vm.Dropdown):
    """A value that is set by clicks on figures; it has no place of its own on the page."""

    type: Literal["clicked"] = "clicked"
    options: Any = _UNSET
    multi: Any = False

    def build(self) -> html.Div:
        """A field that nobody sees."""
        return html.Div(dcc.Input(id=self.id, type="hidden", value=""), hidden=True)


for _selector in (Choice, CurrencyChoice, Clicked):
    vm.Parameter.add_type("selector", _selector)
