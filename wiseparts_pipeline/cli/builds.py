"""Builds of the marts with their progress on stderr, for the commands that build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from wiseparts_pipeline.cli.output import complain, err
from wiseparts_pipeline.cli.progress import bars
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.freshness import feeds_variable
from wiseparts_pipeline.warehouse import Warehouse

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

    from wiseparts_pipeline.dbt.builds import Build

# Without a terminal, one line for this many nodes is enough.
_NODES_PER_LINE = 25


def build_with_progress(
    warehouse: Warehouse,
    configuration: Configuration | None,
    select: Sequence[str] = (),
    *,
    variables: Mapping[str, Any],
    unit_tests: bool = False,
    full_refresh: bool = False,
    unless_built: bool = False,
) -> Build:
    """Builds and tests the selected models, see build_marts; `variables` override the configuration's as well.

    Once more if an import has overtaken it. `unless_built`: builds nothing where nothing is due, see is_built. Raises
    WisepartsError when dbt cannot build at all.
    """
    # Loading dbt takes seconds, which the other commands do not have to wait for.
    from wiseparts_pipeline.dbt.builds import Build, build_marts, exclusive_build, is_built

    feeds = {"feeds": feeds_variable(configuration.importers.values())} if configuration else {}
    with exclusive_build(warehouse, err.print) as opened, bars() as progress:

        def build() -> Build:
            return build_marts(
                opened,
                select,
                variables={**feeds, **variables},
                unit_tests=unit_tests,
                full_refresh=full_refresh,
                on_event=_Watch(progress),
            )

        if unless_built and is_built(opened):
            return Build([])
        built = build()
        if built.overtaken:
            err.print("An import changed rows while the marts were built: building them once more")
            built = build()
        return built


def report_failures(build: Build) -> None:
    """Prints on stderr what failed, if anything did."""
    for node in build.failures:
        complain(f"{node.name}: {node.status}: {one_line(node.message)}")
    if build.skipped:
        complain(f"{build.skipped} more were skipped because of that.")


def one_line(message: str) -> str:
    return " ".join(message.split())


class _Watch:
    """Follows dbt's events, which come from several threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("dbt", total=None, detail="reads the models")
        self._done = 0
        self._total = 0
        self._lock = Lock()

    def __call__(self, event: EventMsg) -> None:
        with self._lock:
            match event.info.name:
                case "LogStartLine":
                    self._total = event.data.total
                case "NodeFinished":
                    self._done += 1
                    self._show(event.data.node_info.node_name)

    def _show(self, name: str) -> None:
        detail = f"{self._done} of {self._total}: {name}"
        self._progress.update(self._task, total=self._total, completed=self._done, detail=detail)
        if not err.is_terminal and (self._done % _NODES_PER_LINE == 0 or self._done == self._total):
            err.print(f"dbt: {self._done} of {self._total} models and tests")
