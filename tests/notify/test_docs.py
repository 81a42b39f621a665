"""The examples and limits of docs/notifications.md are right."""

import re

import pytest
import yaml

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.notify import mail, mail_settings, outbox
from wiseparts_pipeline.warehouse import Warehouse

PAGE = (PROJECT / "docs" / "notifications.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_importer_loads() -> None:
    (block,) = blocks("yaml")
    importer = ImporterSettings.model_validate(yaml.safe_load(block)["attributes"])
    assert importer.notify is not None
    assert importer.notify.to == ("erp-team@example.com", "data@example.com")


def test_the_variables_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks("sh")
    for name, value in re.findall(r'^export (\w+)="?([^"\n]+)"?$', block, re.MULTILINE):
        monkeypatch.setenv(name, value)
    urls = re.findall(r"^\| `(smtps?://\S+)` \|", PAGE, re.MULTILINE)
    assert len(urls) == 3
    for url in urls:
        monkeypatch.setenv("WISEPARTS_SMTP_URL", url)
        assert mail_settings() is not None


def test_the_statements_run(warehouse: Warehouse) -> None:
    (block,) = blocks("sql")
    with warehouse.connect() as connection:
        connection.execute(block.encode())


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At most {mail.FILES_ATTACHED} error files" in PAGE
    assert mail.ATTACHED_BYTES == 1_000_000
    assert f"After {outbox.ABANDON_AFTER.days} days it is abandoned" in PAGE
