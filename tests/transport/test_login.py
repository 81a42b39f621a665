"""Logging in, and the messages when that fails."""

import base64
import socket
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.transport.conftest import PASSPHRASE, AsyncServer, Line, OpenSsh
from tests.transport.site import Site, free_port
from wiseparts_pipeline.transport import PermanentError, TransientError, connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp


def error_of(settings: Any, kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        connect(settings)
    return str(raised.value)


def fingerprint(public_key: Path) -> str:
    kind, text, *_ = public_key.read_text().split()
    return paramiko.PKey.from_type_string(kind, base64.b64decode(text)).fingerprint


@pytest.mark.parametrize("key", ["ed25519", "rsa", "ecdsa"])
def test_login_with_a_private_key(openssh: OpenSsh, key: str) -> None:
    with connect(openssh.settings(private_key=str(openssh.keys[key]))) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_login_with_an_encrypted_private_key_and_its_passphrase(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]), private_key_passphrase=PASSPHRASE)
    with connect(settings) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("line_end", ["\n", "\\n"])
def test_a_private_key_may_be_given_as_text(openssh: OpenSsh, line_end: str) -> None:
    text = openssh.keys["ed25519"].read_text().replace("\n", line_end)
    with connect(openssh.settings(private_key=text)) as transport:
        assert transport.exists("tmp")


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_a_wrong_passphrase_is_reported(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]), private_key_passphrase="wrong")
    assert "cannot be opened with private_key_passphrase" in error_of(settings, PermanentError)


@pytest.mark.parametrize("key", ["encrypted", "encrypted-rsa-pem"])
def test_a_missing_passphrase_is_reported(openssh: OpenSsh, key: str) -> None:
    settings = openssh.settings(private_key=str(openssh.keys[key]))
    assert "is encrypted: set private_key_passphrase" in error_of(settings, PermanentError)


def test_a_public_key_is_not_a_private_key(openssh: OpenSsh) -> None:
    settings = openssh.settings(private_key=str(openssh.keys["rsa"].with_suffix(".pub")))
    assert "is not a private key" in error_of(settings, PermanentError)


def test_the_message_about_a_putty_key_says_how_to_convert_it(openssh: OpenSsh) -> None:
    settings = openssh.settings(private_key="PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")
    assert "puttygen" in error_of(settings, PermanentError)


def test_a_private_key_that_is_not_a_file_is_reported_without_its_value(openssh: OpenSsh) -> None:
    message = error_of(openssh.settings(private_key="b3BlbnNzaC1rZXktdjE"), PermanentError)
    assert "neither a key nor a readable file" in message
    assert "b3BlbnNzaC1rZXktdjE" not in message


def test_a_key_that_the_server_does_not_know_is_reported_with_the_user(
    openssh: OpenSsh, embedded: EmbeddedSftp
) -> None:
    message = error_of(openssh.settings(private_key=str(embedded.key)), PermanentError)
    assert f"login refused for '{openssh.user}'" in message
    assert "`private_key`" in message


def test_a_server_is_known_by_its_fingerprint(openssh: OpenSsh) -> None:
    settings = openssh.settings(known_hosts="", host_key=fingerprint(openssh.folder / "host.pub"))
    with connect(settings) as transport:
        assert transport.exists("tmp")


def test_a_server_is_known_by_a_line_with_its_port(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(openssh.known_hosts.read_text().replace("127.0.0.1", f"[127.0.0.1]:{openssh.port}"))
    with connect(openssh.settings(known_hosts=known_hosts)) as transport:
        assert transport.exists("tmp")


def test_an_unknown_server_is_refused_with_the_fingerprint_that_it_presented(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.touch()
    message = error_of(openssh.settings(known_hosts=known_hosts), PermanentError)
    assert fingerprint(openssh.folder / "host.pub") in message
    assert f"ssh-keyscan -p {openssh.port} 127.0.0.1" in message


def test_a_server_with_a_changed_key_is_refused_with_both_fingerprints(
    openssh: OpenSsh, embedded: EmbeddedSftp
) -> None:
    message = error_of(openssh.settings(known_hosts=embedded.known_hosts), PermanentError)
    _, known = embedded.known_hosts.read_text().split(maxsplit=1)
    public_key = openssh.folder / "known.pub"
    public_key.write_text(known)
    assert "has changed" in message
    assert fingerprint(public_key) in message
    assert fingerprint(openssh.folder / "host.pub") in message


def test_a_server_with_another_fingerprint_is_refused_with_the_one_that_it_presented(openssh: OpenSsh) -> None:
    message = error_of(openssh.settings(known_hosts="", host_key="SHA256:" + "A" * 43), PermanentError)
    assert "has changed" in message
    assert fingerprint(openssh.folder / "host.pub") in message


def test_no_credentials_are_sent_to_an_unknown_server(server: AsyncServer) -> None:
    error_of(server.settings(host_key="SHA256:" + "A" * 43), PermanentError)
    assert server.behaviour.passwords == []


def test_the_message_about_a_missing_known_hosts_file_says_how_to_write_it(openssh: OpenSsh, tmp_path: Path) -> None:
    message = error_of(openssh.settings(known_hosts=tmp_path / "none"), PermanentError)
    assert str(tmp_path / "none") in message
    assert "ssh-keyscan" in message


def test_a_damaged_known_hosts_file_is_reported(openssh: OpenSsh, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text("127.0.0.1 ssh-ed25519 AAA\n")
    assert f"{known_hosts} is damaged" in error_of(openssh.settings(known_hosts=known_hosts), PermanentError)


def test_login_with_a_password(server: AsyncServer) -> None:
    (server.root / "Sales").mkdir()
    with connect(server.settings()) as transport:
        assert transport.exists("Sales")


def test_a_wrong_password_is_sent_once_and_never_shown(server: AsyncServer) -> None:
    message = error_of(server.settings(password="monkey wrench"), PermanentError)
    assert "login refused for 'erp'" in message
    assert "`password`" in message
    assert "monkey" not in message
    assert server.behaviour.passwords == ["monkey wrench"]


def test_a_password_is_not_sent_again_after_an_aborted_login(server: AsyncServer) -> None:
    server.behaviour.aborts_login = True
    with pytest.raises((PermanentError, TransientError)):
        connect(server.settings())
    assert len(server.behaviour.passwords) == 1


def test_a_login_without_an_answer_is_transient_but_not_repeated(server: AsyncServer) -> None:
    server.behaviour.stalls_login = True
    assert "no answer within 1 s" in error_of(server.settings(timeout_seconds=1), TransientError)
    assert len(server.behaviour.passwords) == 1


def test_a_server_that_accepts_no_password_is_reported_with_what_it_wants(openssh: OpenSsh) -> None:
    message = error_of(openssh.settings(private_key="", password="torque wrench"), PermanentError)
    assert "it wants: publickey" in message


@pytest.mark.usefixtures("quick_retries")
def test_a_refused_connection_is_a_transient_error(openssh: OpenSsh) -> None:
    port = free_port()
    message = error_of(openssh.settings(port=port), TransientError)
    assert f"127.0.0.1:{port}: cannot connect" in message


@pytest.mark.usefixtures("quick_retries")
def test_the_connection_to_a_busy_server_is_tried_again(line_site: Site, line: Line) -> None:
    line.refused = 2
    with connect(line_site.settings):
        assert line.connections == 3


@pytest.mark.usefixtures("quick_retries")
def test_there_are_three_attempts_to_connect_to_a_busy_server(line_site: Site, line: Line) -> None:
    line.refused = 100
    assert "cannot connect" in error_of(line_site.settings, TransientError)
    assert line.connections == 3


def test_a_silent_server_is_not_tried_again(line_site: Site, line: Line) -> None:
    line.is_silent = True
    settings = line_site.settings.model_copy(update={"timeout_seconds": 1})
    assert "no answer within 1 s" in error_of(settings, TransientError)
    assert line.connections == 1


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (socket.EAI_NONAME, PermanentError, "there is no host with this name"),
        (socket.EAI_AGAIN, TransientError, "cannot be resolved right now"),
    ],
)
def test_an_unknown_host_name_is_distinguished_from_a_failing_lookup(
    openssh: OpenSsh, monkeypatch: pytest.MonkeyPatch, answer: int, kind: type[Exception], message: str
) -> None:
    def lookup(*_: object) -> None:
        raise socket.gaierror(answer, "lookup failed")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert message in error_of(openssh.settings(host="files.example.com"), kind)
