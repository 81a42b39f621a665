"""Builds and tests models, one build of a warehouse at a time: for the command line and for Dagster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from wiseparts_pipeline.dbt import lineage
from wiseparts_pipeline.dbt.day import fixed_day
from wiseparts_pipeline.dbt.manifest import parsed_for
from wiseparts_pipeline.dbt.runner import run_dbt
from wiseparts_pipeline.dbt.state import (
    built_models,
    due_models,
    note_as_of,
    note_built,
    note_day,
    note_failures,
    note_tested,
    recorded_day,
)
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing.ledger.changes import current_versions
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time
from wiseparts_pipeline.warehouse.locks import BUILD_LOCK, only_one

# A tag of the models to build, in this process only.
_SELECTED = "wiseparts_selected"
_FAILED = ("error", "fail", "runtime error", "partial success")
_SKIPPED = "skipped"
# What fails, as ops.build_failures has it, when dbt cannot build at all.
_DBT = "dbt"


@dataclass(frozen=True)
class Node:
    """What became of a model, test, seed or snapshot; the status and message are dbt's."""

    name: str
    status: str
    message: str


@dataclass(frozen=True)
class Build:
    """What dbt did, node by node.

    `overtaken`: the failed tests that compared tables with rows which an import changed during the build. They say
    nothing, and what they hold up is due for another build.
    """

    nodes: list[Node]
    overtaken: frozenset[str] = frozenset()

    @property
    def failures(self) -> list[Node]:
        return [node for node in self.nodes if node.status in _FAILED and node.name not in self.overtaken]

    @property
    def skipped(self) -> int:
        """How many nodes were not tried because a node before them failed."""
        return sum(node.status == _SKIPPED for node in self.nodes)

    @property
    def passed(self) -> set[str]:
        return {node.name for node in self.nodes if node.status not in (*_FAILED, _SKIPPED)}

    @property
    def succeeded(self) -> bool:
        """Whether nothing failed; what an import has overtaken is not finished, but has not failed."""
        return not self.failures and (not self.skipped or bool(self.overtaken))


@dataclass(frozen=True)
class OpenWarehouse:
    """A warehouse that no other build is writing to: dbt's variables of it, and the connection that holds its lock."""

    environment: Mapping[str, str]
    connection: Connection


@contextmanager
def exclusive_build(warehouse: Warehouse, report: Callable[[str], object]) -> Iterator[OpenWarehouse]:
    """The warehouse once no other build is running: two would drop each other's tables.

    `report` is given a message when the build has to wait.
    """
    blocked = "Another build of the marts is running: waiting until it has ended"
    with (
        warehouse.connect(autocommit=True) as connection,
        only_one(connection, BUILD_LOCK, lambda holder: report(f"{blocked}. It is {holder}")),
    ):
        yield OpenWarehouse(warehouse.dbt_environment(), connection)


def is_built(warehouse: OpenWarehouse) -> bool:
    """Whether all models are built from the rows and the code that there are now, and as of the day that is due."""
    connection = warehouse.connection
    models = lineage.models(lineage.as_json(parsed_for(warehouse.environment)))
    versions, now = current_versions(connection), current_time(connection)
    return not due_models(models, built_models(connection), versions, now, fixed=fixed_day(connection))


def build_marts(
    warehouse: OpenWarehouse,
    select: Sequence[str] = (),
    *,
    variables: Mapping[str, Any],
    unit_tests: bool = False,
    full_refresh: bool = False,
    on_event: Callable[[EventMsg], None] | None = None,
) -> Build:
    """Runs `dbt build` on the warehouse that exclusive_build() has given, and records what the models were built from.

    `select`: nodes in dbt's syntax, all of them when empty. If not all are built, and not from scratch, the tie-outs to
    sales look only at the months that have changed since they last passed. `variables`: take the place of the
    project's, and `as_of` that of the usual day, see fixed_day(). `unit_tests`: also try the models' logic on rows of
    its own, which takes as long as the build and says nothing about the data. `on_event`: is given dbt's events, from
    several threads, but for the results of tests that an import has overtaken.

    Raises WisepartsError when dbt cannot build at all; models and tests that fail are in the result.
    """
    # There is nothing to build for an exposure.
    arguments = ["build", "--no-use-colors", "--exclude-resource-type", "exposure"]
    arguments += [] if unit_tests else ["unit_test"]
    arguments += ["--full-refresh"] if full_refresh else []
    fixed = fixed_day(warehouse.connection)
    variables = {"as_of": fixed} | dict(variables)
    manifest = parsed_for(warehouse.environment)
    described = lineage.as_json(manifest)
    models = lineage.models(described)
    arguments += ["--select", *_selection(manifest, models, select)] if select else []
    # Before dbt reads anything: a change from here on may or may not be in the models, and makes another build.
    versions, began = current_versions(warehouse.connection), current_time(warehouse.connection)
    if select and not full_refresh and not models.keys() <= set(select):
        variables = {"tested_months": "changed"} | variables
    tests = _Tests(warehouse.connection, described, models, versions, on_event)
    result = run_dbt(arguments, warehouse.environment, manifest, variables=variables, on_event=tests)
    known = {_DBT, *(node["name"] for node in described["nodes"].values())}
    if result.exception is not None:
        note_failures(warehouse.connection, {_DBT}, (), known)
        raise WisepartsError(f"dbt cannot build: {result.exception}")
    results: Any = result.result
    nodes = [Node(each.node.name, str(each.status), str(each.message or "")) for each in results]
    failed = [each.node for each in results if each.status in _FAILED and each.node.resource_type == "test"]
    doubtful = {name for test in failed for name in lineage.looked_at(described, test.unique_id)}
    built = {each.node.name for each in results if each.status == "success"}
    with warehouse.connection.transaction():
        note_built(warehouse.connection, models, (built - doubtful) & models.keys(), versions)
        # What is not recorded as built is replaced all the same.
        if day := recorded_day(variables["as_of"], fixed, began):
            note_as_of(warehouse.connection, models, built, day)
        note_day(warehouse.connection, models, built, variables["as_of"], began)
    passed = [each.node.unique_id for each in results if each.status == "pass"]
    wrong = [test.unique_id for test in failed if test.name not in tests.overtaken]
    note_tested(warehouse.connection, lineage.tests_by_month(described, models, passed), wrong, began)
    build = Build(nodes, frozenset(tests.overtaken))
    failing = {node.name for node in build.failures} & known
    note_failures(warehouse.connection, failing, build.passed | {_DBT}, known)
    return build


def _selection(manifest: Manifest, models: Mapping[str, lineage.Model], select: Sequence[str]) -> Sequence[str]:
    """The same selection in fewer words, as dbt looks through the whole project for each."""
    if not models.keys() >= set(select):
        return select
    for name in set(select):
        manifest.nodes[models[name].unique_id].tags.append(_SELECTED)
    return [f"tag:{_SELECTED}"]


class _Tests:
    """Passes dbt's events on, but for failures of tests that an import has overtaken."""

    def __init__(
        self,
        connection: Connection,
        manifest: Mapping[str, Any],
        models: Mapping[str, lineage.Model],
        versions: Mapping[str, int],
        on_event: Callable[[EventMsg], None] | None,
    ) -> None:
        self._connection = connection
        self._manifest = manifest
        self._models = models
        self._versions = versions
        self._on_event = on_event
        self._lock = Lock()
        self.overtaken: set[str] = set()

    def __call__(self, event: EventMsg) -> None:
        with self._lock:
            if event.info.name == "LogTestResult" and event.data.status in ("fail", "error"):
                node = event.data.node_info
                if self._is_overtaken(node.unique_id):
                    self.overtaken.add(node.node_name)
                    return
        if self._on_event is not None:
            self._on_event(event)

    def _is_overtaken(self, test: str) -> bool:
        now = current_versions(self._connection)
        compared = lineage.made_of(self._manifest, self._models, test)
        return any(now.get(entity, 0) != self._versions.get(entity, 0) for entity in compared)
