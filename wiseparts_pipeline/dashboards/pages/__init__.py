"""The pages, one module each; the first is where `/` leads."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.pages import call_centre, channels, quotes, sales

PAGES = (sales, quotes, call_centre, channels)


def pages() -> list[vm.Page]:
    """All pages, in the order of the navigation."""
    return [each.page() for each in PAGES]
