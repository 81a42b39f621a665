"""What a query of the dashboards is compared with: the mart or the facts, by SQL of the tests."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg.rows import dict_row

from wiseparts_pipeline.dashboards.marts import query, scope_of
from wiseparts_pipeline.dashboards.service import HIDDEN
from wiseparts_pipeline.warehouse import Warehouse

Rows = Counter[tuple[Any, ...]]
# What `wiseparts build` notes, and dbt alone does not.
_BUILT = "insert into ops.model_builds (model, seen, code) values ('last', '{}', '') on conflict do nothing"


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


def rows(columns: Iterable[str], found: Iterable[dict[str, Any]]) -> Rows:
    """The values of these columns, as often as they are found."""
    return Counter(tuple(exact(row[column]) for column in columns) for row in found)


def exact(value: Any) -> Any:
    """Rates are quotients, of which the database keeps as many digits as it likes."""
    return round(value, 6) if isinstance(value, Decimal) else value


def compare(warehouse: Warehouse, ties: Iterable[Tie], **state: Any) -> int:
    """Compare queries with marts that tests have built, and return how many rows were equal. AssertionError: not all.

    `state`: instead of values of the ties' states.
    """
    equal = 0
    with warehouse.connect() as connection:
        connection.execute(_BUILT)
    with warehouse.connect(read_only_analyst=True) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for tie in ties:
            wanted, given = query(tie.query), {**tie.state, **state}
            bound = {parameter: given.get(parameter) for parameter in wanted.followed} | {HIDDEN: []}
            if scope := scope_of(wanted.page):
                bound |= cursor.execute(scope.text.encode(), bound).fetchone() or {}
            found = cursor.execute(wanted.text.encode(), bound).fetchall()
            expected = cursor.execute(tie.sql.encode(), given).fetchall()
            assert rows(tie.columns, found) == rows(tie.columns, expected), tie.query
            equal += len(expected)
    return equal
