"""The settings of a file source: where its files are and how to connect."""

import codecs
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

# One for each transport: see the package transport for how to add one.
PROTOCOLS = ("sftp", "ftps", "ftp", "local")
# The attributes that only some of them have; `local` ignores everything that is about a server.
_ONLY_WITH = {
    "allow_plaintext": ("ftp",),
    "ca_file": ("ftps",),
    "host_key": ("sftp", "local"),
    "known_hosts": ("sftp", "local"),
    "listing_timezone": ("ftps", "ftp"),
    "private_key": ("sftp", "local"),
    "private_key_certificate": ("sftp",),
    "private_key_passphrase": ("sftp", "local"),
    "tls": ("ftps",),
    "via": ("sftp",),
}


class SshServer(BaseModel):
    """A server that is reached over SSH: how it is recognised, and how to log in. Secrets are hidden in its `repr`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str | None = Field(default=None, description="Host name or address of the server.")
    port: int = Field(default=22, ge=1, le=65535, description="Port of the server.")
    username: str | None = Field(default=None, description="User on the server.")
    password: SecretStr | None = Field(default=None, description="Password of the user.")
    private_key: SecretStr | None = Field(
        default=None, description="A private key instead of the password, or in addition to it: its path or its text."
    )
    private_key_passphrase: SecretStr | None = Field(default=None, description="Passphrase of the private key.")
    private_key_certificate: str | None = Field(
        default=None, description="An OpenSSH certificate of the private key, as in key-cert.pub: its path or its text."
    )
    known_hosts: Path | None = Field(default=None, description="A known_hosts file with the server's key.")
    host_key: str | None = Field(
        default=None,
        pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$",
        description="Fingerprint of the server's key, as `ssh-keygen -l` prints it: SHA256:...",
    )

    @field_validator(
        "host",
        "username",
        "password",
        "private_key",
        "private_key_passphrase",
        "private_key_certificate",
        "known_hosts",
        "host_key",
        mode="before",
    )
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty text, as an unset variable leaves it, counts as not given."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("host_key")
    @classmethod
    def _without_padding(cls, host_key: str | None) -> str | None:
        return host_key and host_key.rstrip("=")

    def _check_ssh(self, where: str) -> None:
        """Raises ValueError for a server that cannot be logged in to, or recognised."""
        for attribute in ("host", "username"):
            if getattr(self, attribute) is None:
                raise ValueError(f"{attribute} is needed with {where}")
        if self.password is None and self.private_key is None:
            raise ValueError(f"password or private_key is needed with {where}")
        if self.private_key_certificate is not None and self.private_key is None:
            raise ValueError("private_key_certificate is of no use without its private_key")
        if (self.known_hosts is None) == (self.host_key is None):
            raise ValueError(
                "either known_hosts (a file) or host_key (SHA256:...) is needed, not both: "
                "without a known key, the server could be an impostor"
            )


class JumpHost(SshServer):
    """A server over which another one is reached."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_ssh("via")
        return self


class _Kind(BaseModel):
    """The attributes that are listed first."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="Name that importers refer to.")
    protocol: str = Field(description="How files are accessed: sftp, ftps, ftp, or local for a folder on this machine.")

    @field_validator("protocol")
    @classmethod
    def _available(cls, protocol: str) -> str:
        if protocol not in PROTOCOLS:
            raise ValueError(f"{protocol!r} is not available yet, allowed: {', '.join(PROTOCOLS)}")
        return protocol


class SourceSettings(SshServer, _Kind):
    """One file source, as in the `attributes` of its defs.yaml. Secrets are hidden in its `repr` and in errors."""

    via: JumpHost | None = Field(default=None, description="A jump host: the server that this one is reached over.")
    tls: Literal["explicit", "implicit"] = Field(
        default="explicit", description="Whether TLS is asked for after connecting, or expected at once (port 990)."
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates in PEM format to trust instead of those that this machine trusts."
    )
    allow_plaintext: bool = Field(
        default=False, description="Accept that FTP sends the password and all files for anybody in between to read."
    )
    name_encoding: str = Field(default="utf-8", description="Encoding of file names on the server.")
    listing_timezone: str = Field(
        default="UTC", description="Zone of the times in listings of FTP servers that tell no exact times."
    )
    root: str = Field(default="/", description="Folder on the server that importers' folders are relative to.")
    poll_seconds: int = Field(default=30, ge=1, description="How often the source is checked for new files.")
    settle_seconds: int = Field(
        default=10,
        ge=0,
        description="How long a file's size and time must stay unchanged before it is imported.",
    )
    timeout_seconds: float = Field(
        # Below 30 seconds, paramiko takes a slow server for one that is down.
        default=45,
        ge=1,
        description="How long to wait for the server to connect, to authenticate and to answer each request.",
    )

    @property
    def place(self) -> str:
        """Which server and folder it is, without how to log in."""
        host = f"{self.host}:{self.port}" if self.protocol != "local" else ""
        return f"{self.name} ({self.protocol}://{host}/{self.root.lstrip('/')})"

    @property
    def listing_zone(self) -> ZoneInfo:
        return ZoneInfo(self.listing_timezone)

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("port") not in (None, ""):
            return values
        ports = {"ftp": 21, "ftps": 990 if values.get("tls") == "implicit" else 21}
        return {**values, "port": ports.get(str(values.get("protocol")), 22)}

    @field_validator("ca_file", mode="before")
    @classmethod
    def _no_file(cls, value: object) -> object:
        return cls._unset(value)

    @field_validator("name_encoding")
    @classmethod
    def _with_ascii(cls, encoding: str) -> str:
        ascii_letters = bytes(range(128))
        try:
            if ascii_letters.decode(encoding) == ascii_letters.decode("ascii"):
                return codecs.lookup(encoding).name
        except (LookupError, UnicodeDecodeError):
            pass
        raise ValueError(f"{encoding!r} is no encoding of file names, allowed: utf-8, iso-8859-1, cp1253, cp850 ...")

    @field_validator("listing_timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"{zone!r} is no time zone such as Europe/Athens") from error
        return zone

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for attribute, protocols in _ONLY_WITH.items():
            if (
                self.protocol not in protocols
                and getattr(self, attribute) != type(self).model_fields[attribute].default
            ):
                raise ValueError(f"{attribute}: is for protocol {protocols[0]}, not {self.protocol}")
        if self.protocol == "sftp":
            self._check_ssh("protocol sftp")
        elif self.protocol != "local":
            self._check_ftp()
        return self

    def _check_ftp(self) -> None:
        for attribute in ("host", "username", "password"):
            if getattr(self, attribute) is None:
                raise ValueError(f"{attribute} is needed with protocol {self.protocol}")
        if self.protocol == "ftp" and not self.allow_plaintext:
            raise ValueError(
                "protocol ftp sends the password and all files without encryption: use ftps or sftp; if the server has "
                "neither and the network is trusted, set `allow_plaintext: true`"
            )
