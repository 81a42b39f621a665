"""Answers questions for requests: at once where the answer is kept, otherwise in a thread that may wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from anyio import CapacityLimiter, to_thread

from wiseparts_pipeline.api.access import Keys, Rates, check_answer, check_question
from wiseparts_pipeline.api.creating.creating import Created, Creating
from wiseparts_pipeline.api.creating.records import NewRecord
from wiseparts_pipeline.api.creating.whereabouts import whereabouts
from wiseparts_pipeline.api.keys import ApiKey
from wiseparts_pipeline.api.metrics import Metrics
from wiseparts_pipeline.api.problems import RefusedRequest
from wiseparts_pipeline.api.syncs import Syncs
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.live.errors import LookupFailure, NotSupported, Unavailable, Unknown
from wiseparts_pipeline.live.log import ANSWERED, LookupLog, Stopwatch, code_of
from wiseparts_pipeline.live.lookups import Answered, Lookups, Source
from wiseparts_pipeline.live.questions import OrderQuestion, Question
from wiseparts_pipeline.warehouse import Warehouse

# Look-ups that wait at the same time, each in a thread. They ask no more than `concurrency` of a connection at a time.
MOST_WAITING = 400
REQUESTS_A_SECOND = 30.0
# Records that are created at the same time, each over a few connections to the database, which takes one import of
# an entity at a time; and those that wait.
MOST_CREATING = 4
MOST_WAITING_TO_CREATE = 100


@dataclass
class _Outcome:
    source: Source | None = None
    code: str = ANSWERED


@dataclass
class Service:
    """What requests are answered with."""

    lookups: Lookups
    warehouse: Warehouse
    log: LookupLog
    keys: Keys
    rates: Rates
    metrics: Metrics
    syncs: Syncs
    creating: Creating
    _creating: CapacityLimiter | None = field(default=None, init=False)
    _waiting: CapacityLimiter | None = field(default=None, init=False)

    @classmethod
    @contextmanager
    def running(
        cls, lookups: Lookups, warehouse: Warehouse, requests_a_second: float = REQUESTS_A_SECOND
    ) -> Iterator["Service"]:
        """For the block, at the end of which everything has been done and noted."""
        configuration = lookups.configuration
        with (
            LookupLog(warehouse) as log,
            Keys(warehouse) as keys,
            Syncs(configuration, warehouse) as syncs,
            Creating(configuration, warehouse) as creating,
        ):
            yield cls(lookups, warehouse, log, keys, Rates(requests_a_second), Metrics(lookups), syncs, creating)

    async def answer(self, question: Question, key: ApiKey, request_id: str, *, fresh: bool = False) -> Answered:
        """The answer, if the key is for it. `fresh`: asked for now. Raises LookupFailure."""
        with self._noting(question, key, request_id) as outcome:
            check_question(key, question)
            answered = None if fresh else self.lookups.kept(question)
            if answered is None:
                answered = await self._asked(question, fresh)
            check_answer(key, question, answered.data)
            outcome.source = answered.source
            return answered

    async def answer_order(self, order_id: str, key: ApiKey, request_id: str, *, fresh: bool = False) -> Answered:
        """The answer about an order by its number in the system or, if it was created here, by its number here.

        Raises LookupFailure.
        """
        question = OrderQuestion(order_id)
        try:
            return await self.answer(question, key, request_id, fresh=fresh)
        except (NotSupported, Unknown):
            here = await to_thread.run_sync(whereabouts, self.lookups.configuration, self.warehouse, order_id)
            if here.number_there is not None:
                return await self.answer(OrderQuestion(here.number_there), key, request_id, fresh=fresh)
            if not here.is_ours:
                raise
        answered = await to_thread.run_sync(self.lookups.answer_of_ours, question)
        check_answer(key, question, answered.data)
        return answered

    async def create(self, new: NewRecord, key: ApiKey, idempotency_key: str) -> Created:
        """The record; see Creating.create. Raises RefusedRequest."""
        if self._creating is None:
            self._creating = CapacityLimiter(MOST_CREATING)
        if self._creating.statistics().tasks_waiting >= MOST_WAITING_TO_CREATE:
            raise RefusedRequest("rate_limited", "Too many records are being created at this moment.", retry_after=1)
        return await to_thread.run_sync(
            lambda: self.creating.create(new, key, idempotency_key), limiter=self._creating, abandon_on_cancel=False
        )

    async def _asked(self, question: Question, fresh: bool) -> Answered:
        if self._waiting is None:
            self._waiting = CapacityLimiter(MOST_WAITING)
        if self._waiting.available_tokens < 1:
            raise Unavailable("Too many look-ups are waiting for the system at this moment.", 1)
        return await to_thread.run_sync(
            lambda: self.lookups.answer(question, fresh=fresh), limiter=self._waiting, abandon_on_cancel=False
        )

    @contextmanager
    def _noting(self, question: Question, key: ApiKey, request_id: str) -> Iterator[_Outcome]:
        """Notes how it ends, in the log and the metrics."""
        watch, outcome = Stopwatch(), _Outcome()
        try:
            yield outcome
        except LookupFailure as error:
            outcome.code = code_of(error)
            raise
        except (WarehouseError, psycopg.Error):
            outcome.code = "database_unavailable"
            raise
        except BaseException:
            outcome.code = "internal_error"
            raise
        finally:
            self.metrics.count_lookup(question.kind, outcome.source, outcome.code, watch.seconds)
            self.log.note(
                watch.entry(question.kind, outcome.source, outcome.code, key_id=key.key_id, request_id=request_id)
            )
