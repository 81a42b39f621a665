"""What a query of the dashboards is compared with: the mart or the facts, by SQL of the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tie:
    """The `columns` of the query's rows are those of the rows of `sql`, exactly and in any order.

    `state`: the values of the page's controls, bound in both. `is_empty`: the demo has nothing of the kind.
    """

    query: str
    columns: Sequence[str]
    sql: str
    state: Mapping[str, Any] = field(default_factory=lambda: {"currency": "EUR"})
    is_empty: bool = False
