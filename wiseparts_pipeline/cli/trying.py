"""Tries a service with a real account, and prints a report of how it answered, without what is nobody's business."""

import base64
import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import NoReturn

import typer

from wiseparts_pipeline.cli.output import err, out, print_json, printable
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.trying import Tried, try_service
from wiseparts_pipeline.connections.itscope.trying.order import NotTried, Writing
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.connections.receiving import SupplierOrder, TrialOffer
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.exporting.content.supplier_orders import trial_order
from wiseparts_pipeline.exporting.export import HeldRecord
from wiseparts_pipeline.opentrans import Role
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse import Role as Login

_SYSTEM = "itscope"
_ORDERS = "purchase_requisitions"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
# Of who orders, what is no secret, and would be hidden in other words.
_TOLD = ("country_code",)


def try_live(name: str, *, with_order: bool, as_json: bool) -> NoReturn:
    """Tries the service of the connection of this name, or of the first one to this system. Ends the command."""
    configuration = load_configuration()
    settings = _connection(configuration, name)
    exporter = _exporter(configuration, settings)
    report = _Report(settings, exporter)
    if with_order and exporter is not None:
        err.print(
            f"An order of one piece goes to the test supplier {TEST_SUPPLIER}, from which nothing is delivered;"
            " `--no-order` leaves it out."
        )
    with (
        Warehouse.open(role=Login.IMPORTER) as warehouse,
        warehouse.connect(autocommit=True) as database,
        logged_in(settings, database, Client, insist=True) as client,
    ):
        tried = list(try_service(client, report.writing(database) if with_order else None))
    told = report.without_secrets(tried)
    if as_json:
        print_json(
            {"version": version("wiseparts-pipeline"), "address": settings.url, "steps": list(map(asdict, told))}
        )
    else:
        out.print(f"Report of wiseparts-pipeline {version('wiseparts-pipeline')} about {settings.url}")
        for each in told:
            out.print(printable(f"{'FAILED' if each.failed else 'ok':<6} {each.step}: {each.found}"))
    raise typer.Exit(any(each.failed for each in told))


def _connection(configuration: Configuration, name: str) -> ConnectionSettings:
    found = [each for each in configuration.connections.values() if each.system == _SYSTEM]
    for each in found:
        if name in (each.name, _SYSTEM):
            return each
    there_are = ", ".join(each.name for each in found) or "there is none"
    raise ConfigurationError(f"--live: {name!r} is not a connection with `system: {_SYSTEM}`; allowed: {there_are}.")


def _exporter(configuration: Configuration, settings: ConnectionSettings) -> ExporterSettings | None:
    """One that says who orders over the connection."""
    exporters = configuration.exporters.values()
    return next((each for each in exporters if (each.entity, each.to) == (_ORDERS, settings.name)), None)


class _Report:
    """Knows what is not to be told: logins, who orders, and under which number."""

    def __init__(self, settings: ConnectionSettings, exporter: ExporterSettings | None) -> None:
        assert settings.api_key is not None
        self._settings = settings
        self._exporter = exporter
        key = settings.api_key.get_secret_value()
        login = base64.b64encode(f"{settings.account_id}:{key}".encode()).decode()
        self._hidden = {str(settings.account_id), key, login}
        if exporter is not None and exporter.buyer is not None:
            self._hide(exporter.buyer.model_dump(exclude=set(_TOLD)).values())
            self._hide(exporter.accounts.values())

    def _hide(self, texts: Iterable[str | None]) -> None:
        self._hidden.update(text for text in texts if text)

    def writing(self, database: Connection) -> Writing:
        """How an order to the test supplier is written."""

        def write(offer: TrialOffer) -> SupplierOrder:
            if self._exporter is None:
                raise NotTried(
                    f"there is no exporter of {_ORDERS} with `to: {self._settings.name}`, whose `buyer` says who orders"
                )
            try:
                order = trial_order(database, self._exporter, offer)
            except HeldRecord as error:
                raise NotTried(str(error)) from None
            self._hide(party.number for party in order.document.parties if party.role != Role.SUPPLIER)
            if offer.price != 1:
                self._hide([str(offer.price), *(f"{line.price:f}" for line in order.document.lines)])
            return order

        return write

    def without_secrets(self, tried: Iterable[Tried]) -> list[Tried]:
        """What was found, with what is hidden left out."""
        longest_first = sorted(map(re.escape, self._hidden), key=len, reverse=True)
        hidden = re.compile(rf"(?<!\w)({'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
        return [replace(each, found=_EMAIL.sub("(hidden)", hidden.sub("(hidden)", each.found))) for each in tried]
