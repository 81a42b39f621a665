"""The pages, one module each; the first is where `/` leads."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.pages import (
    call_centre,
    channels,
    customer,
    exports,
    imports,
    quotes,
    receivables,
    sales,
    today,
)

PAGES = (today, sales, customer, quotes, call_centre, receivables, channels, imports, exports)


def pages() -> list[vm.Page]:
    """All pages, in the order of the navigation."""
    return [each.page() for each in PAGES]
