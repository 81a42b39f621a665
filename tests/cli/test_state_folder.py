"""The state folder, which has keys, data and logs, is closed for all other users of the machine.

What dbt keeps there is looked at where it is parsed anyway: tests/packaging/test_wheel.py.
"""

import stat
import subprocess
from pathlib import Path

import pytest

from tests.installation import WISEPARTS, Installation
from tests.measuring import unmeasured_environment
from wiseparts_pipeline.home import home, subfolder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_what_an_import_puts_into_it_is_private_whatever_the_umask(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    installation.importer("customers")
    installation.put("Customers/a.csv", "customer_id,name", "C1,Ada")

    environment = unmeasured_environment(installation.environment)
    subprocess.run([WISEPARTS, "import"], env=environment, umask=0, check=True, capture_output=True)

    folder = tmp_path / "home"
    found = {path.name: mode(path) for path in (folder, *folder.iterdir()) if path.is_dir()}
    assert found == dict.fromkeys(("home", "postgres", "downloads"), 0o700)


@pytest.mark.parametrize("contents", [(), ("postgres", "dbt")], ids=["new", "of an earlier version"])
def test_one_that_others_could_enter_is_closed(folder: Path, contents: tuple[str, ...]) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    for name in contents:
        (folder / name).mkdir()

    assert mode(home()) == 0o700


def test_a_folder_with_other_things_in_it_is_left_as_it_is_and_ours_in_it_are_closed(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "report.xlsx").touch()

    assert mode(subfolder("dagster")) == 0o700
    assert mode(home()) == 0o755
