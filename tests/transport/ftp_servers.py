"""Real FTP servers of Debian packages, with TLS and certificates of our own: vsftpd, ProFTPD and Pure-FTPd.

ProFTPD is a package of this machine. It conflicts with the other two, which `.ci/run` unpacks into UNPACKED.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.debian import need
from tests.transport.site import Site, free_port, listens
from tests.waiting import eventually
from wiseparts_pipeline.config.source import SourceSettings

UNPACKED = Path("/opt/wiseparts-ftp-servers")
VSFTPD = UNPACKED / "usr/sbin/vsftpd"
PUREFTPD = UNPACKED / "usr/sbin/pure-ftpd"
PUREPW = UNPACKED / "usr/bin/pure-pw"
PROFTPD = Path("/usr/sbin/proftpd")
MOD_SFTP = Path("/usr/lib/proftpd/mod_sftp.so")

PASSWORD = "torque wrench"
OWNER = "nobody"
# vsftpd's user needs a home that is there.
VSFTPD_OWNER = "daemon"


@dataclass(frozen=True)
class Certificates:
    """An authority, and what it says of this machine: `server` has the certificate and its key."""

    authority: Path
    server: Path


def make_certificates(
    folder: Path, name: str = "127.0.0.1", days: int = 30, *, is_self_signed: bool = False
) -> Certificates:
    """`name` is what the certificate is for; it ends `days` from now. A self-signed one is its own authority."""

    def subject(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = name if is_self_signed else "Our authority"
    if is_self_signed:
        authority_key = server_key
    common = x509.CertificateBuilder().not_valid_before(now - timedelta(days=60)).issuer_name(subject(issuer))
    authority = (
        common.subject_name(subject("Our authority"))
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    general_name = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    server = (
        common.subject_name(subject(name))
        .public_key(server_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([general_name]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    found = Certificates(folder / "authority.pem", folder / "server.pem")
    found.authority.write_bytes((server if is_self_signed else authority).public_bytes(serialization.Encoding.PEM))
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    found.server.touch(mode=0o600)
    found.server.write_bytes(key + server.public_bytes(serialization.Encoding.PEM))
    return found


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class FtpServer:
    """A running server; `root` is the folder that it serves, `owner` the user that it serves it as."""

    folder: Path
    settings: SourceSettings
    # What the server calls its root: `root`, unless it confines its users to it.
    path: str = "/"
    owner: str = OWNER
    pid: int = 0

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def site(self) -> Site:
        """A new folder on the server as a source."""
        root = Path(tempfile.mkdtemp(dir=self.root))
        site = Site(self.settings.model_copy(update={"root": f"{self.path.rstrip('/')}/{root.name}"}), root, self.owner)
        site.folder("")
        return site


@contextmanager
def _folder() -> Iterator[Path]:
    """Not in pytest's folder, which only its owner can enter."""
    folder = Path(tempfile.mkdtemp(prefix="ftp-"))
    try:
        folder.chmod(0o755)
        (folder / "root").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    """The process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: listens(port))
        yield process.pid
    finally:
        # Not asked to end: who ignores that passes it on.
        process.kill()
        process.wait()


def _settings(port: int, **changes: Any) -> SourceSettings:
    usual = {"name": "erp", "host": "127.0.0.1", "port": port, "username": "erp", "password": PASSWORD}
    return SourceSettings.model_validate(usual | changes)


def _only_as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start this server")


def _proftpd_password(folder: Path) -> None:
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
    ).stdout.strip()
    ids = "65534:65534"
    (folder / "users").touch(mode=0o600)
    (folder / "users").write_text(f"erp:{hashed}:{ids}::{folder}/root:/bin/false\n")


PROFTPD_CONFIGURATION = """
ServerType standalone
ServerName test
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
User nobody
Group nogroup
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
DelayTable {folder}/delay
SystemLog {folder}/system.log
TransferLog none
WtmpLog off
ModulePath /usr/lib/proftpd
LoadModule mod_tls.c
LoadModule mod_sftp.c
AuthPAM off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/users
RequireValidShell off
DefaultRoot ~
TimesGMT on
UseReverseDNS off
UseEncoding off
AllowOverwrite on
MaxInstances 30
"""


@contextmanager
def proftpd(certificates: Certificates | None, *, tls: str = "explicit", extra: str = "") -> Iterator[FtpServer]:
    """ProFTPD's FTP, with TLS for all connections if it has a certificate; it wants the session of the first one."""
    need(PROFTPD, "proftpd-core")
    need(MOD_SFTP, "proftpd-mod-crypto")
    _only_as_root()
    with _folder() as folder:
        port = free_port()
        _proftpd_password(folder)
        text = PROFTPD_CONFIGURATION.format(port=port, folder=folder) + extra
        if certificates is None:
            settings = _settings(port, protocol="ftp", allow_plaintext=True)
        else:
            settings = _settings(port, protocol="ftps", tls=tls, ca_file=certificates.authority)
            text += f"""
TLSEngine on
TLSLog {folder}/tls.log
TLSRequired on
TLSECCertificateFile {certificates.server}
TLSECCertificateKeyFile {certificates.server}
TLSOptions {"UseImplicitSSL" if tls == "implicit" else "StdEnvVars"}
"""
        (folder / "configuration").write_text(text)
        with _running([str(PROFTPD), "-n", "-c", str(folder / "configuration")], port) as pid:
            yield FtpServer(folder, settings, pid=pid)


@contextmanager
def vsftpd(certificates: Certificates | None, *, tls: str = "explicit", extra: str = "") -> Iterator[FtpServer]:
    """vsftpd, which wants the session of the first connection; its anonymous user may write, as others need PAM."""
    need(VSFTPD, "vsftpd (unpacked by .ci/run)")
    _only_as_root()
    with _folder() as folder:
        port = free_port()
        (folder / "empty").mkdir()
        text = f"""
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
no_anon_password=NO
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
ftp_username={VSFTPD_OWNER}
anon_root={folder}/root
secure_chroot_dir={folder}/empty
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
vsftpd_log_file={folder}/vsftpd.log
xferlog_enable=YES
log_ftp_protocol=YES
{extra}
"""
        user = {"username": "anonymous", "password": "erp@example.com"}
        if certificates is None:
            settings = _settings(port, protocol="ftp", allow_plaintext=True, **user)
        else:
            settings = _settings(port, protocol="ftps", tls=tls, ca_file=certificates.authority, **user)
            text += f"""
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
rsa_cert_file={certificates.server}
rsa_private_key_file={certificates.server}
implicit_ssl={"YES" if tls == "implicit" else "NO"}
debug_ssl=YES
"""
        (folder / "configuration").write_text("\n".join(line for line in text.splitlines() if line) + "\n")
        with _running([str(VSFTPD), str(folder / "configuration")], port) as pid:
            yield FtpServer(folder, settings, owner=VSFTPD_OWNER, pid=pid)


@contextmanager
def pure_ftpd(certificates: Certificates, *options: str) -> Iterator[FtpServer]:
    """Pure-FTPd, which accepts nothing without TLS."""
    need(PUREFTPD, "pure-ftpd (unpacked by .ci/run)")
    _only_as_root()
    with _folder() as folder:
        port = free_port()
        subprocess.run(
            [
                *(str(PUREPW), "useradd", "erp", "-u", OWNER, "-g", "nogroup", "-d", str(folder / "root")),
                *("-f", str(folder / "users"), "-F", str(folder / "users.pdb"), "-m"),
            ],
            input=f"{PASSWORD}\n{PASSWORD}\n",
            text=True,
            check=True,
            capture_output=True,
        )
        command = [str(PUREFTPD), "-S", f"127.0.0.1,{port}", "-l", f"puredb:{folder}/users.pdb", "-E", "-H"]
        command += ["-Y", "3", "-2", str(certificates.server), "-u", "1", "-g", str(folder / "pid"), "-C", "50"]
        with _running([*command, *options], port):
            settings = _settings(port, protocol="ftps", ca_file=certificates.authority)
            yield FtpServer(folder, settings)


@contextmanager
def mod_sftp(host_key: str = "ed25519") -> Iterator[FtpServer]:
    """ProFTPD as an SFTP server, which takes the password and the key `folder/user`."""
    need(MOD_SFTP, "proftpd-mod-crypto")
    _only_as_root()
    with _folder() as folder:
        port = free_port()
        _proftpd_password(folder)
        for name, kind in (("host", host_key), ("user", "ed25519")):
            command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, timeout=60)
        public = subprocess.run(
            ["ssh-keygen", "-e", "-f", str(folder / "user.pub")], check=True, capture_output=True, text=True
        ).stdout
        (folder / "authorized_keys").write_text(public)
        (folder / "known_hosts").write_text(f"127.0.0.1 {(folder / 'host.pub').read_text()}")
        text = (
            PROFTPD_CONFIGURATION.format(port=port, folder=folder)
            + f"""
SFTPEngine on
SFTPLog {folder}/sftp.log
SFTPHostKey {folder}/host
SFTPAuthorizedUserKeys file:{folder}/authorized_keys
SFTPAuthMethods publickey password
"""
        )
        (folder / "configuration").write_text(text)
        with _running([str(PROFTPD), "-n", "-c", str(folder / "configuration")], port):
            settings = SourceSettings(
                name="erp",
                protocol="sftp",
                host="127.0.0.1",
                port=port,
                username="erp",
                private_key=str(folder / "user"),
                known_hosts=folder / "known_hosts",
            )
            yield FtpServer(folder, settings)
