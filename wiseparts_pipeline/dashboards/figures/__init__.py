"""The kinds of figures that pages are made of."""

from wiseparts_pipeline.dashboards.figures.cards import Card, cards
from wiseparts_pipeline.dashboards.figures.charts import months, weekdays
from wiseparts_pipeline.dashboards.figures.formats import Unit
from wiseparts_pipeline.dashboards.figures.rankings import ranking
from wiseparts_pipeline.dashboards.figures.steps import steps
from wiseparts_pipeline.dashboards.figures.tables import Column, table

__all__ = ["Card", "Column", "Unit", "cards", "months", "ranking", "steps", "table", "weekdays"]
