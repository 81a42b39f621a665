"""The semantic layer: each metric equals the figure in the marts."""

from decimal import Decimal
from typing import Any

import pytest

from wiseparts_pipeline.warehouse import Warehouse

AGGREGATES = {"sum": "sum({})", "count": "count({})", "count_distinct": "count(distinct {})"}

FAMILIES = "sales_by_brand_family_monthly where level = 1"
QUOTES = "quote_conversion_monthly"
CALLS = "call_center_daily"
OFFERED = "fct_calls where is_offered"
DUE = "fct_due_docs where is_open"
# A metric, and the expression over a report's rows that gives the same figure.
REPORTS = {
    "sales_net_amount": ("sum(net_amount)", FAMILIES),
    "sales_margin_amount": ("sum(margin_amount)", FAMILIES),
    "sales_margin_rate": ("sum(margin_amount) / nullif(sum(costed_net_amount), 0)", FAMILIES),
    "sales_quantity": ("sum(quantity)", FAMILIES),
    "sales_lines": ("sum(sales_lines)", FAMILIES),
    "quotes": ("sum(quotes)", QUOTES),
    "won_quotes": ("sum(won_quotes)", QUOTES),
    "quoted_amount": ("sum(quoted_amount)", QUOTES),
    "quote_win_rate": ("sum(won_quotes) / nullif(sum(won_quotes + lost_quotes + expired_quotes), 0)", QUOTES),
    "quote_conversion_rate": ("sum(won_quotes) / nullif(sum(quotes - draft_quotes), 0)", QUOTES),
    "calls": ("sum(calls)", CALLS),
    "offered_calls": ("sum(offered_calls)", CALLS),
    "answered_calls": ("sum(answered_calls)", CALLS),
    "lost_calls": ("sum(lost_calls)", CALLS),
    "short_abandoned_calls": ("sum(short_abandoned_calls)", CALLS),
    "call_answer_rate": ("sum(answered_calls) / nullif(sum(offered_calls), 0)", CALLS),
    "call_service_level": ("sum(answered_in_time_calls) / nullif(sum(answered_calls + lost_calls), 0)", CALLS),
    "call_average_wait_seconds": ("avg(wait_seconds)", OFFERED),
    "open_amount": ("sum(open_amount)", DUE),
    "overdue_amount": ("sum(open_amount) filter (where days_overdue > 0)", DUE),
    "order_net_amount": ("sum(net_amount)", "fct_orders"),
    "orders": ("count(distinct order_id)", "fct_orders"),
}

Figures = dict[str | None, Decimal | None]


class SemanticLayer:
    """The semantic models of a manifest, queried with plain SQL."""

    def __init__(self, manifest: dict[str, Any], warehouse: Warehouse) -> None:
        self.metrics = {metric["name"]: metric for metric in manifest["metrics"].values()}
        self.models = [
            model | {"table": model["node_relation"]["alias"]} for model in manifest["semantic_models"].values()
        ]
        self.measures = {measure["name"]: (model, measure) for model in self.models for measure in model["measures"]}
        self.warehouse = warehouse

    def figures(self, metric: str) -> Figures:
        """A metric by currency, or in total if its model has none."""
        parameters = self.metrics[metric]["type_params"]
        if self.metrics[metric]["type"] == "simple":
            return self._totals(*self.measures[parameters["measure"]["name"]])
        above, below = (self.figures(parameters[part]["name"]) for part in ("numerator", "denominator"))
        return {group: above[group] / below[group] if below[group] else None for group in above}  # type: ignore[operator]

    def _totals(self, model: dict[str, Any], measure: dict[str, Any]) -> Figures:
        names = [dimension["name"] for dimension in model["dimensions"]]
        group = "currency" if "currency" in names else "null::text"
        total = AGGREGATES[measure["agg"]].format(measure["expr"])
        return ask(self.warehouse, f"select {group}, {total} from {model['table']} group by 1")


def ask(warehouse: Warehouse, query: str) -> Figures:
    """The result of a query with two columns, as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        rows = connection.execute(query.encode()).fetchall()
    return {group: None if figure is None else Decimal(figure) for group, figure in rows}


@pytest.fixture(scope="session")
def layer(marts: Warehouse, manifest: dict[str, Any]) -> SemanticLayer:
    return SemanticLayer(manifest, marts)


@pytest.mark.parametrize("metric", REPORTS)
def test_a_metric_gives_the_figure_of_the_report(layer: SemanticLayer, metric: str) -> None:
    expression, report = REPORTS[metric]
    group = "null" if report in (CALLS, OFFERED) else "currency"
    expected = ask(layer.warehouse, f"select {group}, {expression} from {report} group by 1")

    figures = layer.figures(metric)

    assert figures
    # A report has 0 where a metric has nothing to add up.
    assert {group: figure or 0 for group, figure in figures.items()} == {
        group: pytest.approx(figure or 0, abs=Decimal("0.00001")) for group, figure in expected.items()
    }


def test_every_measure_is_a_metric_of_the_same_name_and_description(layer: SemanticLayer) -> None:
    simple = {name: metric for name, metric in layer.metrics.items() if metric["type"] == "simple"}

    assert {name: metric["type_params"]["measure"]["name"] for name, metric in simple.items()} == {
        name: name for name in layer.measures
    }
    assert {name: metric["description"] for name, metric in simple.items()} == {
        name: measure["description"] for name, (_, measure) in layer.measures.items()
    }


def test_every_metric_entity_and_dimension_is_an_expression_of_its_mart(layer: SemanticLayer) -> None:
    for metric in layer.metrics:
        layer.figures(metric)
    for model in layer.models:
        for column in model["entities"] + model["dimensions"]:
            ask(layer.warehouse, f"select {column['expr'] or column['name']}, null from {model['table']} limit 1")


def test_every_amount_has_a_currency_dimension(layer: SemanticLayer) -> None:
    for name, metric in layer.metrics.items():
        if "in `currency`" in metric["description"]:
            model, _ = layer.measures[metric["type_params"]["measure"]["name"]]
            assert "currency" in [dimension["name"] for dimension in model["dimensions"]], name


def test_foreign_entities_lead_to_their_model(layer: SemanticLayer) -> None:
    primary = {e["name"]: (m, e) for m in layer.models for e in m["entities"] if e["type"] == "primary"}
    for model in layer.models:
        for entity in model["entities"]:
            owner, key = primary[entity["name"]]
            lost = f"""
                select null, count(*) from {model["table"]} as referring
                where not exists (
                    select 1 from {owner["table"]} as owner where owner.{key["expr"]} = referring.{entity["expr"]}
                )
            """
            assert ask(layer.warehouse, lost) == {None: 0}, (model["name"], entity["name"])
