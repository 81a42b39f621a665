"""The kinds of figures that pages are made of."""

from wiseparts_pipeline.dashboards.figures.cards import Card, cards
from wiseparts_pipeline.dashboards.figures.charts.stacks import Part, stacks
from wiseparts_pipeline.dashboards.figures.charts.weekdays import weekdays
from wiseparts_pipeline.dashboards.figures.formats import Unit
from wiseparts_pipeline.dashboards.figures.lines import Line, lines
from wiseparts_pipeline.dashboards.figures.profile import Fact, profile
from wiseparts_pipeline.dashboards.figures.rankings import divided_ranking, ranking
from wiseparts_pipeline.dashboards.figures.steps import steps
from wiseparts_pipeline.dashboards.figures.tables import Column, table

__all__ = [
    "Card",
    "Column",
    "Fact",
    "Line",
    "Part",
    "Unit",
    "cards",
    "divided_ranking",
    "lines",
    "profile",
    "ranking",
    "stacks",
    "steps",
    "table",
    "weekdays",
]
