"""Tries a service with a real account, and prints a report of how it answered."""

from dataclasses import asdict
from importlib.metadata import version
from typing import NoReturn

import typer

from wiseparts_pipeline.cli.output import out, print_json, printable
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.trying import try_service
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.warehouse import Role, Warehouse

_SYSTEM = "itscope"
_VERSION = version("wiseparts-pipeline")


def try_live(name: str, *, as_json: bool) -> NoReturn:
    """Tries the service of the connection of this name, or of the first one to this system. Ends the command."""
    settings = _connection(load_configuration(), name)
    with (
        Warehouse.open(role=Role.IMPORTER) as warehouse,
        warehouse.connect(autocommit=True) as database,
        logged_in(settings, database, Client, insist=True) as client,
    ):
        tried = list(try_service(client))
    if as_json:
        print_json(
            {"version": version("wiseparts-pipeline"), "address": settings.url, "steps": list(map(asdict, tried))}
        )
    else:
        out.print(f"Report of wiseparts-pipeline {version('wiseparts-pipeline')} about {settings.url}")
        for each in tried:
            out.print(printable(f"{'FAILED' if each.failed else 'ok':<6} {each.step}: {each.found}"))
    raise typer.Exit(any(each.failed for each in tried))


def _connection(configuration: Configuration, name: str) -> ConnectionSettings:
    found = [each for each in configuration.connections.values() if each.system == _SYSTEM]
    for each in found:
        if name in (each.name, _SYSTEM):
            return each
    there_are = ", ".join(each.name for each in found) or "there is none"
    raise ConfigurationError(f"--live: {name!r} is not a connection with `system: {_SYSTEM}`; allowed: {there_are}.")
