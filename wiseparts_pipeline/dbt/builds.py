"""Builds and tests models, one build of a warehouse at a time: for the command line and for Dagster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dbt_common.events.base_types import EventMsg

from wiseparts_pipeline.dbt.runner import run_dbt
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

_FAILED = ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class Node:
    """What became of a model, test, seed or snapshot; the status and message are dbt's."""

    name: str
    status: str
    message: str


@dataclass(frozen=True)
class Build:
    """What dbt did, node by node; `succeeded`: dbt's own verdict, which skipped nodes turn down as well."""

    nodes: list[Node]
    succeeded: bool

    @property
    def failures(self) -> list[Node]:
        return [node for node in self.nodes if node.status in _FAILED]

    @property
    def skipped(self) -> int:
        """How many nodes were not tried because a node before them failed."""
        return sum(node.status == "skipped" for node in self.nodes)


@contextmanager
def exclusive_build(warehouse: Warehouse, report: Callable[[str], object]) -> Iterator[Mapping[str, str]]:
    """The warehouse's variables for dbt, once no other build is running: two would drop each other's tables.

    `report` is given a message when the build has to wait.
    """
    blocked = "Another build of the marts is running: waiting until it has ended"
    with (
        warehouse.connect(autocommit=True) as connection,
        only_one(connection, "wiseparts.build", lambda: report(blocked)),
    ):
        yield warehouse.dbt_environment()


def build_marts(
    connection: Mapping[str, str],
    select: Sequence[str] = (),
    *,
    variables: Mapping[str, Any],
    unit_tests: bool = False,
    full_refresh: bool = False,
    on_event: Callable[[EventMsg], None] | None = None,
) -> Build:
    """Runs `dbt build` on the warehouse that exclusive_build() has given.

    `select`: nodes in dbt's syntax, all of them when empty. `variables`: take the place of the project's. `unit_tests`:
    also try the models' logic on rows of its own, which takes as long as the build and says nothing about the data.
    `on_event`: is given dbt's events, from several threads.

    Raises WisepartsError when dbt cannot build at all; models and tests that fail are in the result.
    """
    # There is nothing to build for an exposure.
    arguments = ["build", "--no-use-colors", "--exclude-resource-type", "exposure"]
    arguments += [] if unit_tests else ["unit_test"]
    arguments += ["--select", *select] if select else []
    arguments += ["--full-refresh"] if full_refresh else []
    result = run_dbt(arguments, connection, variables=variables, on_event=on_event)
    if result.exception is not None:
        raise WisepartsError(f"dbt cannot build: {result.exception}")
    results: Any = result.result
    nodes = [Node(each.node.name, str(each.status), str(each.message or "")) for each in results]
    return Build(nodes, succeeded=result.success)
