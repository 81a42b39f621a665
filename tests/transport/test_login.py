"""Getting in, and what is said when that fails."""

import base64
import socket
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.transport.conftest import PASSPHRASE, AsyncServer, Line, OpenSsh, Site, free_port
from wiseparts_pipeline.transport import PermanentError, TransientError, connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp


def fault(settings: Any, kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        connect(settings)
    return str(raised.value)


def fingerprint(public_key: Path) -> str:
    kind, text, *_ = public_key.read_text().split()
    return paramiko.PKey.from_type_string(kind, base64.b64decode(text)).fingerprint


@pytest.mark.parametrize("key", ["ed25519", "rsa", "ecdsa"])
def test_a_private_key_lets_in(openssh: OpenSsh, key: str) -> None:
    with connect(openssh.settings(private_key=str(openssh.keys[key]))) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_an_encrypted_private_key_lets_in_with_its_passphrase(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]), private_key_passphrase=PASSPHRASE)
    with connect(settings) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("line_end", ["\n", "\\n"])
def test_a_private_key_may_be_given_as_text(openssh: OpenSsh, line_end: str) -> None:
    text = openssh.keys["ed25519"].read_text().replace("\n", line_end)
    with connect(openssh.settings(private_key=text)) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_a_wrong_passphrase_is_told(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]), private_key_passphrase="wrong")
    assert "cannot be opened with private_key_passphrase" in fault(settings, PermanentError)


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_a_missing_passphrase_is_told(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]))
    assert "is encrypted: set private_key_passphrase" in fault(settings, PermanentError)


def test_a_public_key_is_not_a_private_key(openssh: OpenSsh) -> None:
    settings = openssh.settings(private_key=str(openssh.keys["rsa"].with_suffix(".pub")))
    assert "is not a private key" in fault(settings, PermanentError)


def test_a_putty_key_is_told_how_to_be_converted(openssh: OpenSsh) -> None:
    settings = openssh.settings(private_key="PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")
    assert "puttygen" in fault(settings, PermanentError)


def test_a_private_key_that_is_no_file_is_told_without_its_value(openssh: OpenSsh) -> None:
    message = fault(openssh.settings(private_key="b3BlbnNzaC1rZXktdjE"), PermanentError)
    assert "neither a key nor a file" in message
    assert "b3BlbnNzaC1rZXktdjE" not in message


def test_a_key_that_the_server_does_not_know_is_told_with_the_user(openssh: OpenSsh, embedded: EmbeddedSftp) -> None:
    message = fault(openssh.settings(private_key=str(embedded.key)), PermanentError)
    assert f"'{openssh.user}' was not let in" in message
    assert "`private_key`" in message


def test_the_fingerprint_lets_a_server_be_known(openssh: OpenSsh) -> None:
    settings = openssh.settings(known_hosts="", host_key=fingerprint(openssh.folder / "host.pub"))
    with connect(settings) as transport:
        assert transport.exists("tmp")


def test_a_line_with_the_port_lets_a_server_be_known(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(openssh.known_hosts.read_text().replace("127.0.0.1", f"[127.0.0.1]:{openssh.port}"))
    with connect(openssh.settings(known_hosts=known_hosts)) as transport:
        assert transport.exists("tmp")


def test_an_unknown_server_is_refused_with_the_fingerprint_that_it_showed(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.touch()
    message = fault(openssh.settings(known_hosts=known_hosts), PermanentError)
    assert fingerprint(openssh.folder / "host.pub") in message
    assert f"ssh-keyscan -p {openssh.port} 127.0.0.1" in message


def test_a_server_with_a_changed_key_is_refused_with_both_fingerprints(
    openssh: OpenSsh, embedded: EmbeddedSftp
) -> None:
    message = fault(openssh.settings(known_hosts=embedded.known_hosts), PermanentError)
    _, known = embedded.known_hosts.read_text().split(maxsplit=1)
    public_key = openssh.folder / "known.pub"
    public_key.write_text(known)
    assert "has changed" in message
    assert fingerprint(public_key) in message
    assert fingerprint(openssh.folder / "host.pub") in message


def test_a_server_with_another_fingerprint_is_refused_with_the_one_that_it_showed(openssh: OpenSsh) -> None:
    message = fault(openssh.settings(known_hosts="", host_key="SHA256:" + "A" * 43), PermanentError)
    assert "has changed" in message
    assert fingerprint(openssh.folder / "host.pub") in message


def test_no_credentials_are_sent_to_a_server_that_is_not_known(server: AsyncServer) -> None:
    fault(server.settings(host_key="SHA256:" + "A" * 43), PermanentError)
    assert server.behaviour.passwords == []


def test_a_missing_known_hosts_file_is_told_with_how_to_write_it(openssh: OpenSsh, tmp_path: Path) -> None:
    message = fault(openssh.settings(known_hosts=tmp_path / "none"), PermanentError)
    assert str(tmp_path / "none") in message
    assert "ssh-keyscan" in message


def test_a_damaged_known_hosts_file_is_told(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text("127.0.0.1 ssh-ed25519 AAA\n")
    assert f"{known_hosts} is damaged" in fault(openssh.settings(known_hosts=known_hosts), PermanentError)


def test_a_password_lets_in(server: AsyncServer) -> None:
    (server.root / "Sales").mkdir()
    with connect(server.settings()) as transport:
        assert transport.exists("Sales")


def test_a_wrong_password_is_sent_once_and_never_shown(server: AsyncServer) -> None:
    message = fault(server.settings(password="monkey wrench"), PermanentError)
    assert "'erp' was not let in" in message
    assert "`password`" in message
    assert "monkey" not in message
    assert server.behaviour.passwords == ["monkey wrench"]


def test_a_password_is_not_sent_again_when_the_login_is_cut_off(server: AsyncServer) -> None:
    server.behaviour.aborts_login = True
    with pytest.raises((PermanentError, TransientError)):
        connect(server.settings())
    assert len(server.behaviour.passwords) == 1


def test_a_login_without_an_answer_can_pass_but_is_not_tried_again(server: AsyncServer) -> None:
    server.behaviour.stalls_login = True
    assert "no answer within 1 s" in fault(server.settings(timeout_seconds=1), TransientError)
    assert len(server.behaviour.passwords) == 1


def test_a_server_that_wants_a_key_says_so_to_a_password(openssh: OpenSsh) -> None:
    message = fault(openssh.settings(private_key="", password="torque wrench"), PermanentError)
    assert "it wants: publickey" in message


@pytest.mark.usefixtures("quick_retries")
def test_a_refused_connection_is_a_fault_that_can_pass(openssh: OpenSsh) -> None:
    port = free_port()
    message = fault(openssh.settings(port=port), TransientError)
    assert f"127.0.0.1:{port}: cannot connect" in message


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_is_too_busy_at_first_is_asked_again(line_site: Site, line: Line) -> None:
    line.refused = 2
    with connect(line_site.settings):
        assert line.connections == 3


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_stays_too_busy_is_left_after_three_attempts(line_site: Site, line: Line) -> None:
    line.refused = 100
    assert "cannot connect" in fault(line_site.settings, TransientError)
    assert line.connections == 3


def test_a_server_that_says_nothing_is_waited_for_once(line_site: Site, line: Line) -> None:
    line.is_silent = True
    settings = line_site.settings.model_copy(update={"timeout_seconds": 1})
    assert "no answer within 1 s" in fault(settings, TransientError)
    assert line.connections == 1


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (socket.EAI_NONAME, PermanentError, "there is no host of this name"),
        (socket.EAI_AGAIN, TransientError, "cannot be looked up just now"),
    ],
)
def test_a_host_name_that_is_not_found_is_told_from_a_failing_look_up(
    openssh: OpenSsh, monkeypatch: pytest.MonkeyPatch, answer: int, kind: type[Exception], message: str
) -> None:
    def look_up(*_: object) -> None:
        raise socket.gaierror(answer, "look-up failed")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert message in fault(openssh.settings(host="files.example.com"), kind)
