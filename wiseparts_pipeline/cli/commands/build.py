"""`wiseparts build`: dbt builds and tests the models."""

from datetime import date
from typing import Annotated, Any

import typer
import yaml

from wiseparts_pipeline.cli.builds import build_with_progress, one_line, report_failures
from wiseparts_pipeline.cli.output import complain, err, out, print_json
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.dbt.day import about_sample_day, sample_day, set_sample_day
from wiseparts_pipeline.dbt.project import project_variables
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.warehouse import Role, Warehouse

TODAY = "today"


def build(
    more: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="More models, after --select.")] = None,
    *,
    select: Annotated[
        list[str] | None, typer.Option(help="Only these models, in dbt's syntax: fct_sales+ tag:daily ...")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The date that decides what is open, overdue or expired, instead of today: 2025-06-30. A demo is as of"
            " the last day of its sample; 'today' has this and all later builds be as of today.",
        ),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build incremental models from scratch, from all their rows.")
    ] = False,
    variables: Annotated[
        str | None,
        typer.Option(
            "--vars", metavar="YAML", help="Variables of the models, as dbt takes them: '{service_level_seconds: 30}'."
        ),
    ] = None,
    unit_tests: Annotated[
        bool,
        typer.Option("--unit-tests", help="Also test the models' logic, on rows of its own: after changing a model."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was built as JSON.")] = False,
) -> None:
    """Build and test the marts with dbt. Exit status 1 when a model or test fails."""
    if more and not select:
        raise typer.BadParameter(f"goes before the names of models: --select {' '.join(more)}", param_hint="--select")
    models = [*(select or []), *(more or [])]
    chosen = _variables(variables, as_of)
    with Warehouse.open(role=Role.DBT) as warehouse:
        if as_of == TODAY:
            _end_day_of_demo()
        elif "as_of" not in chosen:
            _tell_day_of_demo(warehouse)
        built = build_with_progress(
            warehouse,
            _configuration(),
            models,
            variables=chosen,
            unit_tests=unit_tests,
            full_refresh=full_refresh,
        )
    if not built.nodes:
        raise typer.BadParameter(f"{' '.join(models)} is not a model or test", param_hint="--select")
    if as_json:
        nodes = [{"name": node.name, "status": node.status, "message": one_line(node.message)} for node in built.nodes]
        print_json({"nodes": nodes})
    elif not built.failures:
        out.print(f"Built {len(built.nodes)} models and tests; all passed.")
    report_failures(built)
    raise typer.Exit(1 if built.failures else 0)


def _variables(text: str | None, as_of: str | None) -> dict[str, Any]:
    """The variables of `--vars` and `--as-of`. One that no model reads is an error: it would silently do nothing."""
    try:
        given = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise _bad_variables(f"cannot be read as YAML: {one_line(str(error))}") from None
    if not isinstance(given, dict):
        raise _bad_variables(f"not a mapping: {text}; write it like {{service_level_seconds: 30}}")
    known = project_variables()
    if unknown := [str(name) for name in given if name not in known]:
        raise _bad_variables(f"{', '.join(unknown)}: no such variable; there are: {', '.join(known)}")
    if as_of and "as_of" in given:
        raise _bad_variables("as_of: --as-of sets it as well")
    if given.get("as_of") is not None:
        if (day := _day(given["as_of"])) is None:
            raise _bad_variables(f"as_of: {given['as_of']} is not a date; write it like 2025-06-30")
        given["as_of"] = day
    if as_of is None:
        return given
    day = None if as_of == TODAY else _day(as_of)
    if day is None and as_of != TODAY:
        raise typer.BadParameter(f"{as_of} is not a date; write it like 2025-06-30", param_hint="--as-of")
    return given | {"as_of": day}


def _day(value: object) -> str | None:
    """The day as the marts' variable has it, or None if it is none."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _tell_day_of_demo(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        if day := sample_day(connection):
            err.print(f"The marts are built {about_sample_day(day)}.", soft_wrap=True)


def _end_day_of_demo() -> None:
    # What belongs to the installation is not dbt's to change.
    with Warehouse.open(role=Role.IMPORTER) as warehouse, warehouse.connect() as connection:
        if sample_day(connection):
            set_sample_day(connection, None)
            err.print("From now on, builds are as of today.")


def _configuration() -> Configuration | None:
    """The configuration, without which the marts can be built: only import_freshness needs it."""
    try:
        return configuration_at_rest()
    except ConfigurationError as error:
        complain(
            f"{error}\nThe marts are built without the configuration: import_freshness does not know which files are"
            " expected."
        )
        return None


def _bad_variables(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--vars")
