"""`wiseparts init`. Its README's commands are tried in tests/packaging, with an installed wheel."""

import re
from pathlib import Path

import pytest

from tests.installation import Installation
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

FILES = [".env.example", ".gitignore", "README.md", "defs/erp/defs.yaml", "defs/sales/defs.yaml"]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_creates_a_project_in_a_new_folder(installation: Installation) -> None:
    done = installation.run("init", "projects/acme")

    assert (done.status, done.err) == (0, "")
    assert sorted(contents(installation.folder / "projects/acme")) == FILES
    assert "Next: projects/acme/README.md has the commands to start with." in done.out


def test_other_files_in_the_folder_stay_as_they_are(installation: Installation) -> None:
    folder = installation.folder / "acme"
    folder.mkdir()
    (folder / "LICENSE").write_text("ours")

    assert installation.run("init", "acme").status == 0
    assert contents(folder)["LICENSE"] == "ours"


def test_if_a_file_exists_nothing_is_overwritten_or_created(installation: Installation) -> None:
    folder = installation.folder / "acme"
    folder.mkdir()
    (folder / "README.md").write_text("ours")

    done = installation.run("init", "acme")

    assert done.status == 2
    assert done.err.startswith("Nothing was created, because these files exist: acme/README.md.")
    assert contents(folder) == {"README.md": "ours"}


def test_a_file_of_that_name_is_a_usage_error(installation: Installation) -> None:
    (installation.folder / "acme").write_text("ours")

    done = installation.run("init", "acme")

    assert done.status == 2
    assert "'acme' is a file" in done.err


def test_the_configuration_loads_as_it_is_and_with_its_commented_lines(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.run("init", "acme")
    defs = installation.folder / "acme" / "defs"
    for name, value in EmbeddedSftp(installation.folder, port=22).environment().items():
        monkeypatch.setenv(name, value)

    importer = load_configuration(defs).importer("sales")
    assert (importer.source, importer.notify) == ("erp", None)

    sales = defs / "sales" / "defs.yaml"
    sales.write_text(re.sub(r"^  # ( *\w+:(?: [\w{].*)?)$", r"  \1", sales.read_text(), flags=re.MULTILINE))
    importer = load_configuration(defs).importer("sales")
    assert importer.notify is not None
    assert set(importer.columns) == {"invoice_id", "line_no", "currency", "net_amount"}
