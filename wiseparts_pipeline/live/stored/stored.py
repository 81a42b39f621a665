"""Puts a question to the database, and tells since when what is stored there may have changed in its system."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.config.connections.service import SERVICE
from wiseparts_pipeline.dbt.day import fixed_day
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.live.answers import Answer
from wiseparts_pipeline.live.errors import Unavailable
from wiseparts_pipeline.live.questions import OffersQuestion, Question
from wiseparts_pipeline.live.stored.database import Database
from wiseparts_pipeline.live.stored.offers import matched
from wiseparts_pipeline.warehouse import Connection, Warehouse

# By kind, the entities that an answer is made of: without the first ones there is none.
_NEEDED: Mapping[Kind, Sequence[str]] = {
    "customer": ("customers",),
    "financials": ("customers", "due_docs"),
    "invoices": ("sales", "due_docs"),
    "orders": ("orders",),
    "products": ("products", "inventory"),
    "routes": ("customer_branches",),
    "offers": ("supplier_offers",),
}
_USED: Mapping[Kind, Sequence[str]] = {"customer": ("addresses", "contacts")}

# Of each source of an entity, the moment of its last import: when the pull began, or the file was written. What is
# stored of the entity was true at the earliest of them. The pull of a few records tells nothing about the others, and
# nor does one that was created here.
_AS_OF = """
    with moments as (
        select entity, source, least(file_moment, modified_at, detected_at) as moment
        from ops.import_files
        where status in ('imported', 'imported_with_errors')
            and source not in (select connection from ops.pulls) and source <> %s
        union all
        select entity, connection, started_at from ops.pulls where status = 'imported' and kind <> 'keys'
    ),
    latest as (
        select entity, source, max(moment) as moment from moments where entity = any(%s) group by entity, source
    )
    select entity, min(moment) from latest group by entity
"""


class Stored:
    """Can be used by many threads at a time."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def answer(self, question: Question) -> tuple[Answer, datetime]:
        """The answer, and the moment at which it was true. Raises LookupFailure."""
        with self._warehouse.connect(autocommit=True) as connection:
            as_of = _as_of(connection, question.kind)
            return _answer(question, connection), as_of

    def answer_of_ours(self, question: Question) -> Answer:
        """The answer about what was created here, which is true as it is stored. Raises LookupFailure."""
        with self._warehouse.connect(autocommit=True) as connection:
            return _answer(question, connection)

    def completed(self, question: Question) -> Question:
        """The question with what a system needs of what is stored. Raises LookupFailure."""
        if not isinstance(question, OffersQuestion):
            return question
        with self._warehouse.connect(autocommit=True) as connection:
            return replace(question, matched=matched(connection, question.sku))


def _answer(question: Question, connection: Connection) -> Answer:
    zone = ZoneInfo(project_variables()["timezone"])
    today = fixed_day(connection) or datetime.now(zone).date()
    return question.put_to(Database(connection, today, zone))


def _as_of(connection: Connection, kind: Kind) -> datetime:
    needed = _NEEDED.get(kind, ())
    moments = dict(connection.execute(_AS_OF, [SERVICE, [*needed, *_USED.get(kind, ())]]).fetchall())
    missing = [entity for entity in needed if entity not in moments]
    if missing or not moments:
        raise Unavailable(
            f"Nothing is stored that could answer this: no {' and no '.join(missing or [kind.replace('_', ' ')])} were"
            " imported."
        )
    oldest: datetime = min(moments.values())
    return oldest
