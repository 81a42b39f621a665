"""Logging in, and the messages when that fails."""

import base64
import socket
import subprocess
from pathlib import Path
from typing import Any

import paramiko
import pytest
from pydantic import SecretStr, ValidationError

from tests.transport import ftp_servers
from tests.transport.conftest import AsyncServer, Line
from tests.transport.ftp_servers import PASSWORD
from tests.transport.openssh import PASSPHRASE, OpenSsh
from tests.transport.site import Site, free_port
from tests.waiting import eventually
from wiseparts_pipeline.config.source import JumpHost
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


def certificate(openssh: OpenSsh, key: str, *options: str) -> Path:
    """A certificate of a key that the server knows only because its authority has signed it."""
    signing = ["ssh-keygen", "-q", "-s", str(openssh.folder / "authority"), "-I", "erp", "-n", openssh.user, *options]
    subprocess.run([*signing, str(openssh.folder / f"{key}.pub")], check=True, timeout=60)
    return openssh.folder / f"{key}-cert.pub"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("given", ["path", "text"])
def test_login_with_a_certificate(openssh: OpenSsh, kind: str, given: str) -> None:
    path = certificate(openssh, f"unknown-{kind}")
    value = str(path) if given == "path" else path.read_text()
    settings = openssh.settings(private_key=str(openssh.folder / f"unknown-{kind}"))
    error_of(settings, PermanentError)
    with connect(settings.model_copy(update={"private_key_certificate": value})) as transport:
        assert transport.exists("tmp")


def test_a_certificate_that_has_expired_is_refused(openssh: OpenSsh) -> None:
    path = certificate(openssh, "unknown-ed25519", "-V", "20200101:20200102")
    settings = openssh.settings(private_key=str(openssh.folder / "unknown-ed25519"), private_key_certificate=str(path))
    assert "login refused" in error_of(settings, PermanentError)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("/nowhere/key-cert.pub", "is neither a certificate nor a readable file"),
        ("{folder}/ed25519.pub", "is not a certificate: it is the file ending with -cert.pub"),
        ("{folder}/unknown-rsa-cert.pub", "is damaged, or not of the private key"),
        ("ssh-ed25519-cert-v01@openssh.com !", "is damaged, or not of the private key"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(openssh: OpenSsh, value: str, message: str) -> None:
    certificate(openssh, "unknown-rsa")
    settings = openssh.settings(private_key_certificate=value.format(folder=openssh.folder))
    assert f"source erp: private_key_certificate {message}" in error_of(settings, PermanentError)


def test_a_question_for_the_password_is_answered(server: AsyncServer) -> None:
    (server.root / "Sales").mkdir()
    server.behaviour.questions = ["Password: "]
    with connect(server.settings()) as transport:
        assert transport.exists("Sales")
    assert server.behaviour.passwords == ["torque wrench"]


def test_a_wrong_answer_to_the_question_for_the_password_is_given_once(server: AsyncServer) -> None:
    server.behaviour.questions = ["Password: "]
    message = error_of(server.settings(password="monkey wrench"), PermanentError)
    assert "login refused for 'erp'" in message
    assert "monkey" not in message
    assert server.behaviour.passwords == ["monkey wrench"]


@pytest.mark.parametrize("questions", [["Password: ", "Verification code: "], ["Verification code: "]])
def test_a_question_for_a_second_factor_is_not_answered(server: AsyncServer, questions: list[str]) -> None:
    server.behaviour.questions = questions
    message = error_of(server.settings(), PermanentError)
    assert "second factor from 'erp' ('Verification code:'), which nobody is there to enter" in message
    assert server.behaviour.passwords == ["torque wrench"] * (len(questions) - 1)


class TestJumpHost:
    """The server is reached over another one, and both have to prove who they are."""

    def via(self, server: AsyncServer, **changes: Any) -> dict[str, Any]:
        usual = {"host": "127.0.0.1", "port": server.port, "username": "erp", "password": "torque wrench"}
        return usual | {"host_key": server.fingerprint} | changes

    def test_a_server_is_reached_over_it(self, openssh: OpenSsh, openssh_site: Site, server: AsyncServer) -> None:
        openssh_site.put("Sales/a.csv")
        settings = openssh.settings(root=openssh_site.settings.root, via=self.via(server))
        with connect(settings) as transport:
            assert [file.name for file in transport.list("Sales")] == ["a.csv"]
        assert server.behaviour.forwarded == [("127.0.0.1", openssh.port)]

    def test_openssh_may_be_it(self, openssh: OpenSsh, embedded_site: Site) -> None:
        embedded_site.put("Sales/a.csv")
        jump_host = JumpHost(
            host="127.0.0.1",
            port=openssh.port,
            username=openssh.user,
            private_key=SecretStr(str(openssh.keys["rsa"])),
            known_hosts=openssh.known_hosts,
        )
        with connect(embedded_site.settings.model_copy(update={"via": jump_host})) as transport:
            assert [file.name for file in transport.list("Sales")] == ["a.csv"]

    def test_both_connections_end_together(self, openssh: OpenSsh, server: AsyncServer) -> None:
        with connect(openssh.settings(via=self.via(server))):
            (connection,) = server.behaviour.connections
            assert not connection.is_closed()
        eventually(connection.is_closed)

    @pytest.mark.usefixtures("quick_retries")
    def test_a_lost_connection_is_opened_again_over_both(
        self, openssh: OpenSsh, openssh_site: Site, server: AsyncServer
    ) -> None:
        openssh_site.put("Sales/a.csv")
        with connect(openssh.settings(root=openssh_site.settings.root, via=self.via(server))) as transport:
            server.cut()
            assert [file.name for file in transport.list("Sales")] == ["a.csv"]

    def test_its_key_is_checked(self, openssh: OpenSsh, server: AsyncServer) -> None:
        message = error_of(openssh.settings(via=self.via(server, host_key="SHA256:" + "A" * 43)), PermanentError)
        assert f"jump host 127.0.0.1:{server.port}: the server's key has changed" in message
        assert "`via.host_key`" in message
        assert server.behaviour.passwords == []

    def test_the_key_of_the_server_behind_it_is_checked(self, openssh: OpenSsh, server: AsyncServer) -> None:
        settings = openssh.settings(known_hosts="", host_key="SHA256:" + "A" * 43, via=self.via(server))
        message = error_of(settings, PermanentError)
        assert f"source erp: 127.0.0.1:{openssh.port}: the server's key has changed" in message

    def test_a_wrong_password_on_it_is_told_as_its_own(self, openssh: OpenSsh, server: AsyncServer) -> None:
        message = error_of(openssh.settings(via=self.via(server, password="monkey wrench")), PermanentError)
        assert "jump host" in message
        assert "check `via.username` and `via.password`" in message
        assert "monkey" not in message

    @pytest.mark.usefixtures("quick_retries")
    def test_a_server_that_it_cannot_reach_is_a_transient_error(self, openssh: OpenSsh, server: AsyncServer) -> None:
        message = error_of(openssh.settings(port=free_port(), via=self.via(server)), TransientError)
        assert "the jump host cannot connect to it" in message

    @pytest.mark.parametrize("missing", ["host", "username", "password", "host_key"])
    def test_it_needs_all_that_a_server_needs(self, openssh: OpenSsh, server: AsyncServer, missing: str) -> None:
        with pytest.raises(ValidationError, match=missing):
            openssh.settings(via=self.via(server, **{missing: ""}))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_login_to_mod_sftp_whatever_its_host_key(kind: str) -> None:
    with ftp_servers.mod_sftp(kind) as server:
        with connect(server.settings) as transport:
            assert transport.list("") == []
        with connect(server.settings.model_copy(update={"private_key": None, "password": SecretStr(PASSWORD)})):
            pass
