"""What is written where there is nothing of a kind at all, as none of it was ever imported."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What figures can be of. `mart`: has no rows if there is nothing; `names`: how those made of it begin."""

    sentence: str
    mart: str
    names: tuple[str, ...]


KINDS = (
    Kind("No calls are imported.", "fct_calls", ("fct_calls", "lost_calls", "call_center_")),
    Kind("No quotes are imported.", "fct_quotes", ("fct_quotes", "quote_")),
    Kind("No receivables are imported.", "fct_due_docs", ("fct_due_docs", "receivables_")),
    Kind("No sales are imported.", "fct_sales", ("fct_sales", "sales_by_")),
    Kind("No orders are imported.", "fct_orders", ("fct_orders",)),
    Kind("No sales or orders are imported.", "channel_sales_monthly", ("channel_sales_",)),
    Kind("No visits of the web shop are imported.", "online_activity_daily", ("online_activity_", "search_terms_")),
    Kind("No file is imported yet.", "import_log", ("import_log",)),
    Kind("Nothing was exported yet.", "export_log", ("export_log",)),
)


def kinds_of(marts: Iterable[str]) -> list[Kind]:
    """What is read from these marts."""
    return [kind for kind in KINDS if any(mart.startswith(kind.names) for mart in marts)]
