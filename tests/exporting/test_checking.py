"""What is tried in an exporter's folder before anything is delivered."""

import pytest

from tests.exporting.deliveries import FOLDER
from tests.exporting.records import exporter
from tests.transport.site import Site
from wiseparts_pipeline.exporting.checking import folder_problems
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.sftp.client import SftpClient


@pytest.mark.parametrize("publish", ["folder", "files"])
def test_a_folder_that_can_be_used_has_no_problems_and_is_left_as_it_was(site: Site, publish: str) -> None:
    settings = exporter(folder=FOLDER, publish=publish)
    with connect(site.settings) as transport:
        assert folder_problems(transport, settings) == []
        assert list(site.root.iterdir()) == []
        transport.make_folder(FOLDER)
        assert folder_problems(transport, settings) == []
    assert list((site.root / FOLDER).iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(openssh_site: Site) -> None:
    openssh_site.folder("WiseParts Export")
    openssh_site.folder(FOLDER).chmod(0o555)
    with connect(openssh_site.settings) as transport:
        (problem,) = folder_problems(transport, exporter(folder=FOLDER))
    assert "no folder can be created in it" in problem
    assert "permission denied" in problem


def test_a_drop_box_is_told_that_nobody_sees_what_is_collected(openssh_site: Site) -> None:
    openssh_site.folder("WiseParts Export")
    openssh_site.folder(FOLDER).chmod(0o333)
    with connect(openssh_site.settings) as transport:
        (problem,) = folder_problems(transport, exporter(folder=FOLDER))
        assert "set `collected: never`" in problem
        assert folder_problems(transport, exporter(folder=FOLDER, collected="never")) == []


def test_a_server_that_lets_no_folder_be_renamed_is_told_what_to_set(
    openssh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(SftpClient, "rename", refuse)
    with connect(openssh_site.settings) as transport:
        (problem,) = folder_problems(transport, exporter(folder=FOLDER))
    assert "set `publish: files`" in problem
    assert list(openssh_site.root.iterdir()) == []


def test_a_missing_right_to_delete_is_told(openssh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(SftpClient, "rmdir", refuse)
    openssh_site.folder("WiseParts Export")
    openssh_site.folder(FOLDER)
    with connect(openssh_site.settings) as transport:
        (problem,) = folder_problems(transport, exporter(folder=FOLDER))
    assert "cannot be removed" in problem
