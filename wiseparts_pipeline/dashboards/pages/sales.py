"""Sales: what sells, how profitably, and to whom."""

import vizro.models as vm

from wiseparts_pipeline.dashboards.figures import Card, Column, Unit, cards, ranking, stacks, steps, table
from wiseparts_pipeline.dashboards.figures.charts.stacks import OPEN, REST, Part
from wiseparts_pipeline.dashboards.layout import choice, clicked, currency, report

EXPOSURE = "sales_report"
QUESTIONS = (
    "Which 20 customers' sales fell most against last year?",
    "Which brand families sell best, and do they grow?",
    "Which brand families have a margin below 15 %?",
    "What was sold of a brand and everything below it, week by week?",
    "What was sold to each customer group, by the group that customers had at the time?",
)
_FAMILIES, _CUSTOMERS = "sales_by_brand_family_monthly", "sales_by_customer_monthly"
_LAST, _BEFORE = "last_12_months_net_amount", "previous_12_months_net_amount"
_TRENDS = {
    "growing": "Growing",
    "steady": "Steady",
    "falling": "Falling",
    "new": "New",
    "lost": "Lost",
    "none": "None",
}
_NONE = "No sales are imported in this currency."


def page() -> vm.Page:
    """The page at `/sales`."""
    return report(
        "sales",
        "Sales",
        description=(
            "Sales, margin and growth of the last closed months, by brand family, customer and representative. A figure"
            " follows the filters, unless its title says that it does not; a chosen family's are of all customers."
        ),
        questions=QUESTIONS,
        controls=[
            currency("sales"),
            choice("sales", "sales_rep", "Representative of customers"),
            choice("sales", "customer_group", "Customer group"),
            choice("sales", "trend", "Trend of the listed customers"),
            clicked("sales", "family"),
        ],
        rows=[
            [_totals()],
            [_way()],
            [_months(), _margin()],
            [_families(), _family_changes()],
            [_customer_changes(), _classes()],
            [_representatives(), _groups()],
            [_customers()],
        ],
    )


def _totals() -> vm.Figure:
    return vm.Figure(
        id="sales-totals",
        figure=cards(
            "sales/totals",
            empty=_NONE,
            cards=[
                Card("Last 12 months", _LAST, Unit.MONEY, f"{_FAMILIES}.{_LAST}", _BEFORE),
                Card(
                    "Year to date",
                    "year_to_date_net_amount",
                    Unit.MONEY,
                    f"{_FAMILIES}.year_to_date_net_amount",
                    "previous_year_to_date_net_amount",
                ),
                Card(
                    "Margin, 12 months",
                    "last_12_months_margin_amount",
                    Unit.MONEY,
                    f"{_FAMILIES}.last_12_months_margin_amount",
                    "previous_12_months_margin_amount",
                ),
                Card(
                    "Margin rate, 12 months",
                    "last_12_months_margin_rate",
                    Unit.RATE,
                    f"{_FAMILIES}.margin_rate",
                    "previous_12_months_margin_rate",
                ),
                Card(
                    "Customers that bought",
                    "customers",
                    Unit.COUNT,
                    f"{_CUSTOMERS}.invoices",
                    "previous_customers",
                ),
                Card(
                    "Credit notes, 12 months",
                    "credited_amount",
                    Unit.MONEY,
                    f"{_FAMILIES}.credited_amount",
                    "previous_credited_amount",
                    good=0,
                ),
            ],
        ),
    )


def _way() -> vm.Figure:
    return vm.Figure(id="sales-way", figure=steps("sales/way", sets="sales-family-value", top="All brand families"))


def _months() -> vm.Figure:
    return vm.Figure(
        id="sales-months",
        figure=stacks(
            "sales/months",
            title="Sales by month",
            day="month",
            by="month",
            parts=[Part("previous_year_net_amount", "The year before", REST), Part("net_amount", "This year", OPEN)],
            is_grouped=True,
            unit=Unit.MONEY,
            about=f"{_FAMILIES}.net_amount",
            empty=_NONE,
        ),
    )


def _margin() -> vm.Figure:
    return vm.Figure(
        id="sales-margin",
        figure=stacks(
            "sales/months",
            title="Margin rate by month",
            day="month",
            by="month",
            parts=[Part("margin_rate", "Margin rate", OPEN)],
            unit=Unit.RATE,
            about=f"{_FAMILIES}.margin_rate",
            empty=_NONE,
        ),
    )


def _families() -> vm.Figure:
    return vm.Figure(
        id="sales-families",
        figure=ranking(
            "sales/families",
            title="Brand families, all customers, last 12 months",
            name="name",
            value=_LAST,
            before=_BEFORE,
            unit=Unit.MONEY,
            key="key",
            sets="sales-family-value",
            about=f"{_FAMILIES}.{_LAST}",
            empty=_NONE,
        ),
    )


def _family_changes() -> vm.Figure:
    return vm.Figure(
        id="sales-family-changes",
        figure=ranking(
            "sales/family_changes",
            title="Biggest changes of families, all customers, year to date",
            name="name",
            value="change",
            unit=Unit.MONEY,
            about=f"{_FAMILIES}.year_to_date_growth_rate",
            empty="No family has changed, or the data have no full year before.",
        ),
    )


def _customer_changes() -> vm.Figure:
    return vm.Figure(
        id="sales-customer-changes",
        figure=ranking(
            "sales/customer_changes",
            title="Biggest changes of customers, all brands, year to date",
            name="name",
            customer="customer_key",
            value="change",
            unit=Unit.MONEY,
            about=f"{_CUSTOMERS}.year_to_date_growth_rate",
            empty="No customer has changed, or the data have no full year before.",
        ),
    )


def _classes() -> vm.Figure:
    return vm.Figure(
        id="sales-classes",
        figure=table(
            "sales/classes",
            title="Customers of all brands by ABC class",
            about=f"{_CUSTOMERS}.abc_class",
            columns=[
                Column("abc_class", "Class"),
                Column("customers", "Customers", Unit.COUNT),
                Column(_LAST, "Last 12 months", Unit.MONEY, f"{_CUSTOMERS}.{_LAST}"),
                Column("share", "Share", Unit.RATE),
            ],
            empty=_NONE,
        ),
    )


def _representatives() -> vm.Figure:
    return vm.Figure(
        id="sales-representatives",
        figure=ranking(
            "sales/representatives",
            title="All brands and customers by representative of the sale, last 12 months",
            name="name",
            value=_LAST,
            before=_BEFORE,
            unit=Unit.MONEY,
            about="sales_by_sales_rep_monthly.last_12_months_net_amount",
            empty=_NONE,
        ),
    )


def _groups() -> vm.Figure:
    return vm.Figure(
        id="sales-groups",
        figure=ranking(
            "sales/groups",
            title="All brands by customer group, last 12 months",
            name="name",
            value=_LAST,
            before=_BEFORE,
            unit=Unit.MONEY,
            key="key",
            sets="sales-customer_group-list",
            about="dim_customers.customer_group",
            empty=_NONE,
        ),
    )


def _customers() -> vm.Figure:
    return vm.Figure(
        id="sales-customers",
        figure=table(
            "sales/customers",
            title="Customers of all brands",
            about=_CUSTOMERS,
            columns=[
                Column("name", "Customer", customer="customer_key", width=220),
                Column("customer_group", "Group", about="dim_customers.customer_group"),
                Column("sales_rep_name", "Representative", about="customer_360.sales_rep_name"),
                Column("abc_class", "ABC", about=f"{_CUSTOMERS}.abc_class", width=70),
                Column(_LAST, "Last 12 months", Unit.MONEY, f"{_CUSTOMERS}.{_LAST}"),
                Column(
                    "year_to_date_net_amount",
                    "Year to date",
                    Unit.MONEY,
                    f"{_CUSTOMERS}.year_to_date_net_amount",
                ),
                Column(
                    "year_to_date_growth_rate",
                    "Growth of the year",
                    Unit.RATE,
                    f"{_CUSTOMERS}.year_to_date_growth_rate",
                ),
                Column("trend", "Trend", about="customer_360.trend", words=_TRENDS, width=84),
                Column(
                    "last_12_months_margin_amount", "Margin", Unit.MONEY, f"{_CUSTOMERS}.last_12_months_margin_amount"
                ),
                Column("overdue_amount", "Overdue", Unit.MONEY, "customer_360_by_currency.overdue_amount"),
                Column("last_contact_on", "Last contact", Unit.DAY, "customer_360.last_contact_on"),
            ],
            empty=_NONE,
        ),
    )
