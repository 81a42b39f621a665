"""Whether everything can be reached and used, what keeps files from being imported, and how it all is doing."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from itertools import groupby
from typing import Any, NoReturn

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.check import check_configuration, check_feeds, check_source
from wiseparts_pipeline.diagnostics.findings import Finding, Folder, Kind, Level, SourceCheck
from wiseparts_pipeline.diagnostics.health import check_health
from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.home import home
from wiseparts_pipeline.notify import MailSettings, mail_settings, probe
from wiseparts_pipeline.notify.settings import SMTP_URL
from wiseparts_pipeline.warehouse import Warehouse

EXIT_FAULT = 1
EXIT_ATTENTION = 3

# A source that is down must not make the others wait.
_SOURCES_AT_A_TIME = 8
_MOST_OF_A_KIND = 20

_DATABASE = "database"
_MAIL_SERVER = "mail server"


def run_checks(*, with_health: bool, as_json: bool) -> NoReturn:
    """Checks, reports, and ends the command with the exit status for what was found.

    `with_health`: also how the installation is doing as a whole.
    """
    with running_sources() as (configuration, _), ExitStack() as stack:
        mail = mail_settings()
        findings = [*check_configuration(configuration), *_check_mail(configuration, mail)]
        warehouse = None
        try:
            warehouse = stack.enter_context(Warehouse.open())
            findings += check_feeds(configuration, warehouse)
            if with_health:
                findings += check_health(configuration, warehouse, home())
        except ConfigurationError:
            raise
        except WisepartsError as error:
            findings.append(Finding(Level.FAULT, Kind.UNREACHABLE, _DATABASE, str(error)))
        with ThreadPoolExecutor(_SOURCES_AT_A_TIME) as threads:
            looks = [
                threads.submit(check_source, source, configuration, warehouse)
                for source in configuration.sources.values()
            ]
            sources = [look.result() for look in looks]
    everything = [*findings, *(finding for source in sources for finding in source.findings)]
    if as_json:
        print_json({"sources": [asdict(source) for source in sources], "findings": [asdict(each) for each in findings]})
    else:
        _report(findings, sources, has_mail=mail is not None)
        if all(finding.level is Level.NOTE for finding in everything):
            out.print("All is well.")
    levels = {finding.level for finding in everything}
    attention = levels & {Level.LEFT, Level.WARNING}
    raise typer.Exit(EXIT_FAULT if Level.FAULT in levels else EXIT_ATTENTION if attention else 0)


def _check_mail(configuration: Configuration, settings: MailSettings | None) -> list[Finding]:
    if settings is None:
        message = f"its `notify` sends nothing, because {SMTP_URL} names no mail server"
        notifying = [name for name, importer in configuration.importers.items() if importer.notify]
        return [Finding(Level.FAULT, Kind.NO_MAIL, f"importer {name}", message) for name in notifying]
    try:
        probe(settings)
    except WisepartsError as error:
        return [Finding(Level.FAULT, Kind.UNREACHABLE, _MAIL_SERVER, str(error))]
    return []


def _report(findings: Sequence[Finding], sources: Sequence[SourceCheck], *, has_mail: bool) -> None:
    for source in sources:
        _report_place(f"source {source.name}, {source.place}", is_reached=source.is_reached)
        if source.folders:
            print_report([_row(folder) for folder in source.folders])
        _report_findings(source.findings)
    unreached = {finding.place for finding in findings if finding.kind is Kind.UNREACHABLE}
    for place in [_DATABASE, *([_MAIL_SERVER] if has_mail else [])]:
        _report_place(place, is_reached=place not in unreached)
    _report_findings(findings)


def _report_place(place: str, *, is_reached: bool) -> None:
    out.print(printable(f"{place}: {'reached' if is_reached else 'NOT REACHED'}"), style="bold", soft_wrap=True)


def _row(folder: Folder) -> dict[str, Any]:
    return {
        "folder": f"{folder.folder}/",
        "importers": ", ".join(folder.importers),
        "files": folder.files,
        "ready": folder.ready,
        "unsettled": folder.unsettled,
    }


def _report_findings(findings: Iterable[Finding]) -> None:
    """Faults first; of very many of a kind the first."""
    order = list(Level)
    ordered = sorted(findings, key=lambda finding: (order.index(finding.level), finding.kind, finding.place))
    rows = []
    for _, alike in groupby(ordered, key=lambda finding: (finding.level, finding.kind)):
        several = list(alike)
        rows += [_finding(finding.level, finding.place, finding.message) for finding in several[:_MOST_OF_A_KIND]]
        if len(several) > _MOST_OF_A_KIND:
            more = len(several) - _MOST_OF_A_KIND
            rows.append(_finding(several[0].level, f"{more:,} more", f"{several[0].kind}; --json shows all"))
    if rows:
        print_report(rows)


def _finding(level: Level, place: str, message: str) -> dict[str, str]:
    return {"finding": level, "what": place, "why": message}
