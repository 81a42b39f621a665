"""A mail server with STARTTLS and a login, and a folder to import from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.importing.drop import Drop
from tests.notify.postbox import LOGIN, Certificate, Postbox, certificate
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def closed_postbox(trusted: Certificate, monkeypatch: pytest.MonkeyPatch) -> Postbox:
    """A mail server that is configured but not running."""
    postbox = Postbox()
    monkeypatch.setenv("WISEPARTS_SMTP_URL", f"smtp://{LOGIN}@localhost:{postbox.port}")
    monkeypatch.setenv("WISEPARTS_MAIL_FROM", "WiseParts <imports@wiseparts.example>")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.path))
    return postbox


@pytest.fixture
def postbox(closed_postbox: Postbox, trusted: Certificate) -> Iterator[Postbox]:
    """The same, running."""
    with closed_postbox.open(trusted.context):
        yield closed_postbox


@pytest.fixture
def drop(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    root = tmp_path / "drop"
    root.mkdir()
    return Drop(root, warehouse)
