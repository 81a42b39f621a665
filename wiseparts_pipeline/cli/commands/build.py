"""`wiseparts build`: dbt builds and tests the models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Annotated, Any

import typer
import yaml
from rich.progress import Progress

from wiseparts_pipeline.cli.output import complain, err, out, print_json
from wiseparts_pipeline.cli.progress import bars
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.freshness import expected
from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

_FAILED = ("error", "fail", "runtime error", "partial success")
# Where nobody watches, a line for so many steps is enough.
_STEPS_A_LINE = 25


@dataclass(frozen=True)
class Built:
    """What dbt did: a row a model or test, with its name, status and message."""

    nodes: list[dict[str, Any]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [node for node in self.nodes if node["status"] in _FAILED]

    @property
    def skipped(self) -> int:
        """How many were not tried, because of a failure before them."""
        return sum(node["status"] == "skipped" for node in self.nodes)


def build(
    select: Annotated[
        list[str] | None, typer.Option(help="Only these models, in dbt's syntax: fct_sales+ tag:daily ...")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The day that open, overdue and expired are told by, instead of today: 2025-06-30.",
        ),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build incremental models anew from all their rows.")
    ] = False,
    variables: Annotated[
        str | None,
        typer.Option(
            "--vars", metavar="YAML", help="Variables of the models, as dbt takes them: '{service_level_seconds: 30}'."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was built as JSON.")] = False,
) -> None:
    """Build and test the marts with dbt. Exit status 1 when a model or test fails."""
    chosen = _variables(variables, as_of.date() if as_of else None)
    with Warehouse.open() as warehouse:
        built = build_marts(warehouse, _configuration(), select or [], variables=chosen, full_refresh=full_refresh)
    if not built.nodes:
        raise typer.BadParameter(f"{' '.join(select or [])} is no model or test", param_hint="--select")
    if as_json:
        print_json({"nodes": built.nodes})
    elif not built.failures:
        out.print(f"{len(built.nodes)} models and tests are built and passed.")
    report_failures(built)
    raise typer.Exit(1 if built.failures else 0)


def report_failures(built: Built) -> None:
    """Says on stderr what has failed, if anything has."""
    for node in built.failures:
        complain(f"{node['name']}: {node['status']}: {node['message']}")
    if built.skipped:
        complain(f"{built.skipped} more were skipped because of that.")


def build_marts(
    warehouse: Warehouse,
    configuration: Configuration | None,
    select: Sequence[str] = (),
    *,
    variables: Mapping[str, Any] | None = None,
    full_refresh: bool = False,
) -> Built:
    """Runs `dbt build`, with progress on stderr; `variables` take the place of the project's and the configuration's.

    Raises WisepartsError when dbt cannot run at all.
    """
    # Loading dbt takes seconds that no other command has to wait for.
    from wiseparts_pipeline.dbt.runner import only_build_of, run_dbt

    # Of an exposure there is nothing to build.
    options = ["--exclude-resource-type", "exposure"]
    options += ["--select", *select] if select else []
    feeds = {"feeds": expected(configuration.importers.values())} if configuration else {}
    # What is neither text, number, list nor mapping in YAML is a day or a moment.
    options += ["--vars", json.dumps({**feeds, **(variables or {})}, default=str)]
    options += ["--full-refresh"] if full_refresh else []
    with only_build_of(warehouse, err.print), bars() as progress:
        result = run_dbt(["build", *options], _Watch(progress))
    if result.exception is not None:
        raise WisepartsError(f"dbt cannot build: {result.exception}")
    results: Any = result.result
    return Built([_row(node) for node in results])


def _variables(text: str | None, as_of: date | None) -> dict[str, Any]:
    """The variables of `--vars` and `--as-of`; a variable that no model has would change nothing and say nothing."""
    try:
        given = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise _bad_variables(f"cannot be read as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict):
        raise _bad_variables(f"is no mapping: {text}; write it like {{service_level_seconds: 30}}")
    known = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    if unknown := [str(name) for name in given if name not in known]:
        raise _bad_variables(f"{', '.join(unknown)}: no such variable; there are: {', '.join(known)}")
    if as_of and "as_of" in given:
        raise _bad_variables("as_of: --as-of says it as well")
    if given.get("as_of") is not None:
        try:
            date.fromisoformat(str(given["as_of"]))
        except ValueError:
            raise _bad_variables(f"as_of: {given['as_of']} is no day; write it like 2025-06-30") from None
    return given | ({"as_of": as_of.isoformat()} if as_of else {})


def _configuration() -> Configuration | None:
    """The configuration, which the marts can do without: all but what import_freshness says is expected."""
    try:
        return configuration_at_rest()
    except ConfigurationError as error:
        complain(f"{error}\nThe marts are built without the configuration: import_freshness lacks what is expected.")
        return None


def _bad_variables(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--vars")


def _row(node: Any) -> dict[str, Any]:
    return {"name": node.node.name, "status": str(node.status), "message": " ".join(str(node.message or "").split())}


class _Watch:
    """Follows dbt's events, which come from several threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("dbt", total=None, detail="reads the models")
        self._done = 0
        self._total = 0
        self._lock = Lock()

    def __call__(self, event: Any) -> None:
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
        if not err.is_terminal and (self._done % _STEPS_A_LINE == 0 or self._done == self._total):
            err.print(f"dbt: {self._done} of {self._total} models and tests")
