"""How what a connected system has is shown: `wiseparts inspect CONNECTION ENTITY`."""

import json
from dataclasses import asdict, replace

from rich.syntax import Syntax

from wiseparts_pipeline.cli.output import out, print_json, print_report, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.connections.importing import packaged_pull
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.profiling.connected import SystemInspection, inspect_system
from wiseparts_pipeline.pulling.logins import logged_in
from wiseparts_pipeline.pulling.pull import Pull
from wiseparts_pipeline.pulling.service import chosen_pulls
from wiseparts_pipeline.warehouse import Role, Warehouse

_LONGEST_RECORD = 2_000


def inspect_connection(name: str, entity: str, *, as_json: bool) -> None:
    """Prints the fields of a system's records, the first records, and the pull that is proposed.

    Raises ConfigurationError for an unknown connection, ConnectionFailure.
    """
    with running_sources() as (configuration, _):
        pull = _pull(configuration, name, entity)
        with (
            Warehouse.open(role=Role.IMPORTER) as warehouse,
            warehouse.connect(autocommit=True) as connection,
            logged_in(pull.connection, connection) as system,
        ):
            found = inspect_system(pull, system)
    if as_json:
        print_json(
            {
                "connection": name,
                "entity": entity,
                "rows": found.rows,
                "fields": [asdict(each) for each in found.fields],
                "records": found.records,
                "yaml": found.yaml,
            }
        )
    else:
        _report(found)


def _pull(configuration: Configuration, name: str, entity: str) -> Pull:
    """The configured pull of the entity, or one as the package has it."""
    if name not in configuration.connections:
        known = ", ".join(configuration.connections) or "none"
        raise ConfigurationError(f"{name}: there is no such connection; there are: {known}.")
    for each in configuration.pulls.values():
        if (each.connection, each.entity) == (name, entity):
            return chosen_pulls(configuration, [each.name])[0]
    connection = configuration.connections[name]
    settings = PullSettings(connection=name, entity=entity).completed(packaged_pull(connection.system, entity))
    alone = replace(configuration, pulls={settings.name: settings}).with_pulled()
    return chosen_pulls(alone, [settings.name])[0]


def _report(found: SystemInspection) -> None:
    out.print(f"{found.rows:,} rows of the first records\n")
    print_report(
        [
            {
                "field": field.name,
                "filled": f"{field.filled} of {found.rows}",
                "examples": "; ".join(field.examples),
                "to": ", ".join(field.to) or "-",
            }
            for field in found.fields
        ],
        title="Fields",
    )
    out.print("The first records:\n")
    for record in found.records:
        text = json.dumps(record, ensure_ascii=False)
        out.print(printable(text[:_LONGEST_RECORD] + ("…" if len(text) > _LONGEST_RECORD else "")), soft_wrap=True)
    out.print("\nA pull with what the names and values suggest; what the package maps need not be repeated:\n")
    out.print(Syntax(printable(found.yaml), "yaml", theme="ansi_dark", background_color="default", word_wrap=False))
