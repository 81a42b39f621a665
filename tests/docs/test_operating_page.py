"""docs/operating.md and docs/faults.md explain every code, finding, status and command."""

import re
from enum import StrEnum

import pytest
import yaml

from wiseparts_pipeline.alerts.wording import TITLES
from wiseparts_pipeline.cli.main import COMMANDS
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.config.operations.retention import RetentionSettings
from wiseparts_pipeline.diagnostics.findings import HealthKind, Kind
from wiseparts_pipeline.exporting.export import Code as ExportCode
from wiseparts_pipeline.exporting.export import Status as ExportStatus
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.faults import FailureCode, RefusalCode, RowCode, WarningCode
from wiseparts_pipeline.importing.ledger.outcome import Status


def explained(page: str, title: str) -> set[str]:
    """The words in code font in the first two columns of the first table below a heading."""
    section = (PROJECT / "docs" / page).read_text(encoding="utf-8").partition(f"## {title}\n")[2]
    rows = section.partition("\n\n|")[2].partition("\n\n")[0].splitlines()
    return {word for row in rows for cell in row.split("|")[:3] for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("page", "title", "codes"),
    [
        ("faults.md", "Rejected rows", RowCode),
        ("faults.md", "Refused files", RefusalCode),
        ("faults.md", "Failed files", FailureCode),
        ("faults.md", "Warnings", WarningCode),
        ("operating.md", "When a file is not imported", Kind),
        ("operating.md", "How the installation is doing", HealthKind),
        ("operating.md", "The import log", Status),
        ("operating.md", "Exports", ExportStatus),
    ],
)
def test_every_code_is_explained(page: str, title: str, codes: type[StrEnum]) -> None:
    assert {code.value for code in codes} <= explained(page, title)


def test_every_reason_why_a_record_is_not_delivered_is_explained() -> None:
    assert {code.value for code in ExportCode} <= explained("operating.md", "Reasons")


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Alerts", set(AlertSettings.model_fields)),
        ("What people are told of", set(TITLES)),
        ("What is kept, and how long", set(RetentionSettings.model_fields)),
    ],
)
def test_every_setting_and_alert_is_explained(title: str, names: set[str]) -> None:
    assert explained("operating.md", title) >= names


def test_the_settings_of_alerts_are_shown_with_their_defaults() -> None:
    section = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8").partition("## Alerts\n")[2]
    shown = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])["attributes"]
    defaults = AlertSettings().model_dump()
    assert {name: shown[name] for name in defaults if name != "to"} == {
        name: value for name, value in defaults.items() if name != "to"
    }


def test_every_command_is_named() -> None:
    assert set(COMMANDS) <= {word.split()[0] for word in explained("operating.md", "Commands")}
