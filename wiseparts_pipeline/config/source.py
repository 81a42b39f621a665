"""The settings of a file source: where its files are and how to connect."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

# One for each transport: see the package transport for how to add one.
PROTOCOLS = ("sftp", "local")


class SourceSettings(BaseModel):
    """One file source, as in the `attributes` of its defs.yaml. Secrets are hidden in its `repr` and in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="Name that importers refer to.")
    protocol: str = Field(description="How files are accessed: sftp, or local for a folder on this machine.")
    host: str | None = Field(default=None, description="Host name or address of the server.")
    port: int = Field(default=22, ge=1, le=65535, description="Port of the server.")
    username: str | None = Field(default=None, description="User on the server.")
    password: SecretStr | None = Field(default=None, description="Password of the user.")
    private_key: SecretStr | None = Field(
        default=None, description="A private key instead of the password, or in addition to it: its path or its text."
    )
    private_key_passphrase: SecretStr | None = Field(default=None, description="Passphrase of the private key.")
    known_hosts: Path | None = Field(default=None, description="A known_hosts file with the server's key.")
    host_key: str | None = Field(
        default=None,
        pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$",
        description="Fingerprint of the server's key, as `ssh-keygen -l` prints it: SHA256:...",
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

    @field_validator(
        "host",
        "username",
        "password",
        "private_key",
        "private_key_passphrase",
        "known_hosts",
        "host_key",
        mode="before",
    )
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty text, as an unset variable leaves it, counts as not given."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("protocol")
    @classmethod
    def _available(cls, protocol: str) -> str:
        if protocol not in PROTOCOLS:
            raise ValueError(f"{protocol!r} is not available yet, allowed: {', '.join(PROTOCOLS)}")
        return protocol

    @field_validator("host_key")
    @classmethod
    def _without_padding(cls, host_key: str | None) -> str | None:
        return host_key and host_key.rstrip("=")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.protocol == "local":
            return self
        for attribute in ("host", "username"):
            if getattr(self, attribute) is None:
                raise ValueError(f"{attribute} is needed with protocol {self.protocol}")
        if self.password is None and self.private_key is None:
            raise ValueError(f"password or private_key is needed with protocol {self.protocol}")
        if (self.known_hosts is None) == (self.host_key is None):
            raise ValueError(
                "either known_hosts (a file) or host_key (SHA256:...) is needed, not both: "
                "without a known key, the server could be an impostor"
            )
        return self
