"""Reports what was found: whether everything can be reached and used, and how it all is doing."""

from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from typing import Any, NoReturn

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.diagnostics.examination import DATABASE, MAIL_SERVER, Examination, examine
from wiseparts_pipeline.diagnostics.findings import Finding, Folder, Kind, Level, SourceCheck
from wiseparts_pipeline.home import home

EXIT_FAULT = 1
EXIT_ATTENTION = 3

_MOST_OF_A_KIND = 20


def run_checks(*, with_health: bool, as_json: bool) -> NoReturn:
    """Checks, reports, and ends the command with the exit status for what was found.

    `with_health`: also how the installation is doing as a whole.
    """
    with running_sources() as (configuration, _):
        found = examine(configuration, home(), with_health=with_health)
    if as_json:
        print_json(
            {
                "sources": [asdict(each) for each in found.sources],
                "connections": [_connection(each) for each in found.connections],
                "findings": [asdict(each) for each in found.findings],
            }
        )
    else:
        _report(found)
        if all(finding.level is Level.NOTE for finding in found.everything):
            out.print("All is well.")
    levels = {finding.level for finding in found.everything}
    attention = levels & {Level.LEFT, Level.WARNING}
    raise typer.Exit(EXIT_FAULT if Level.FAULT in levels else EXIT_ATTENTION if attention else 0)


def _report(found: Examination) -> None:
    for source in found.sources:
        _report_place(f"source {source.name}, {source.place}", is_reached=source.is_reached)
        if source.folders:
            print_report([_row(folder) for folder in source.folders])
        _report_findings(source.findings)
    for connection in found.connections:
        _report_place(f"connection {connection.name}, {connection.place}", is_reached=connection.is_reached)
        _report_findings(connection.findings)
    unreached = {finding.place for finding in found.findings if finding.kind is Kind.UNREACHABLE}
    for place in [DATABASE, *([MAIL_SERVER] if found.has_mail else [])]:
        _report_place(place, is_reached=place not in unreached)
    _report_findings(found.findings)


def _connection(check: SourceCheck) -> dict[str, Any]:
    """Like a source that has no folders."""
    return {name: value for name, value in asdict(check).items() if name != "folders"}


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
