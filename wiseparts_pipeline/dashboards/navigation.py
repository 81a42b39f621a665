"""The list of pages: those that the user may see."""

from itertools import chain
from typing import Any, Literal

import dash_bootstrap_components as dbc
import vizro.models as vm
from dash import get_relative_path
from flask import has_request_context
from vizro.managers import model_manager

from wiseparts_pipeline.dashboards.service import service


class PageList(vm.Accordion):
    """Links to the pages."""

    type: Literal["page_list"] = "page_list"

    def build(self, *, active_page_id: str | None = None) -> dbc.Nav:
        """The links, as of now."""
        pages = [model_manager[each] for each in chain(*self.pages.values())]
        links = [
            dbc.NavLink(page.title, href=get_relative_path(page.path), active=page.id == active_page_id)
            for page in pages
            if _may_be_seen(page)
        ]
        return dbc.Nav(links, id="nav-panel", vertical=True, className="page-list")


def _may_be_seen(page: Any) -> bool:
    # Vizro also builds every page once when the application is made.
    return not has_request_context() or service().access.may_see(page.id.removesuffix("-page"))


vm.Navigation.add_type("nav_selector", PageList)
