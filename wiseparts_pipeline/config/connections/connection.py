"""The settings of a connection: which system it is, where, and how to log in."""

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from wiseparts_pipeline.config.attributes import one_or_more
from wiseparts_pipeline.config.connections.itscope import (
    ADDRESS,
    MOST_REQUESTS_PER_SECOND,
    USER_AGENT,
    Language,
    check_user_agent,
)
from wiseparts_pipeline.config.operations.ages import Age

System = Literal["tryton", "odoo", "vendure", "asterisk", "itscope", "rest"]

# The systems whose records are read from their database.
DATABASES = ("asterisk",)
# Those that have several databases.
WITH_DATABASE = ("tryton", "odoo")
# The attributes that ITscope alone has.
_ITSCOPE_ONLY = ("account_id", "base_url", "language", "user_agent")
# By system that takes records, which ones.
_SALES = ("orders", "customers")
RECEIVING = {"odoo": _SALES, "tryton": _SALES, "itscope": ("purchase_requisitions",)}
_PORTS = {"https": 443, "http": 80, "postgresql": 5432, "mysql": 3306}
_SCHEMES = {"http": ("https", "http"), "database": ("postgresql", "mysql")}


class ConnectionSettings(BaseModel):
    """One connection, as in the `attributes` of its defs.yaml. Secrets are hidden in its `repr` and in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="Name that pulls refer to.")
    system: System = Field(description="Which system it is; `rest` for any other with a JSON API.")
    url: str = Field(
        description="Address of the system: https://..., or postgresql:// or mysql:// for the database of asterisk."
    )
    username: str | None = Field(default=None, description="User in the system.")
    password: SecretStr | None = Field(default=None, description="Password of the user.")
    api_key: SecretStr | None = Field(default=None, description="An API key instead of user and password.")
    account_id: str | None = Field(default=None, description="For itscope, the account that the API key is of.")
    base_url: str | None = Field(default=None, description=f"For itscope, its address if it is not {ADDRESS}.")
    language: tuple[Language, ...] = Field(
        default=("de", "en"), description="For itscope, the languages of texts, the preferred one first."
    )
    user_agent: str = Field(default=USER_AGENT, description="For itscope, as what we introduce ourselves.")
    database: str = Field(default="", description="Database of the system, for tryton and odoo.")
    auth: Literal["basic", "bearer", "none"] | str = Field(
        default="basic",
        description="For `rest`, how it is logged in: `basic` with username and password, `bearer` with api_key, the"
        " name of a header that takes api_key, or `none`.",
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates in PEM format to trust instead of those that this machine trusts."
    )
    allow_plaintext: bool = Field(
        default=False, description="Accept that the password and all records can be read by anybody in between."
    )
    timeout_seconds: float = Field(default=10, ge=0.1, description="How long to wait for an answer.")
    pull_timeout: Age = Field(default="30m", description="How long a whole pull may take.")
    requests_per_second: float = Field(
        default=5, gt=0, description="How many requests are sent, by all processes that use the connection together."
    )
    concurrency: int = Field(default=1, ge=1, le=100, description="How many pulls may use the connection at a time.")
    keep_pulls: Age = Field(default="30d", description="How long what was pulled is kept, to be imported again.")

    @model_validator(mode="before")
    @classmethod
    def _itscope(cls, value: object) -> object:
        """ITscope is at one address, and all connections to it share what may be sent."""
        if not isinstance(value, dict) or value.get("system") != "itscope":
            return value
        usual = {"url": value.get("base_url") or ADDRESS, "requests_per_second": MOST_REQUESTS_PER_SECOND}
        return usual | value

    @field_validator("username", "password", "api_key", "account_id", "base_url", "ca_file", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty text, as an unset variable leaves it, counts as not given."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.scheme or not parts.hostname:
            raise ValueError("is no address of a system, such as https://shop.example.com")
        if parts.password or parts.username:
            raise ValueError("has a user or password in it; write them in `username` and `password`")
        return url.rstrip("/")

    @field_validator("language", mode="before")
    @classmethod
    def _languages(cls, value: object) -> object:
        return one_or_more(value)

    @field_validator("user_agent")
    @classmethod
    def _introduction(cls, name: str) -> str:
        return check_user_agent(name)

    @field_validator("auth")
    @classmethod
    def _header(cls, auth: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9-]+", auth):
            raise ValueError(f"{auth!r} is neither basic, bearer or none nor the name of a header")
        return auth

    @model_validator(mode="after")
    def _complete(self) -> Self:
        parts = urlsplit(self.url)
        schemes = _SCHEMES["database" if self.system in DATABASES else "http"]
        if parts.scheme not in schemes:
            raise ValueError(f"url: begins with {' or '.join(f'{each}://' for each in schemes)} for {self.system}")
        if parts.scheme == "http" and not self.allow_plaintext:
            raise ValueError(
                "url: http:// sends the password and all records without encryption: use https://; if the system has"
                " none and the network is trusted, set `allow_plaintext: true`"
            )
        if self.system in WITH_DATABASE and not self.database:
            raise ValueError(f"database: is needed with {self.system}")
        if self.password is not None and self.username is None:
            raise ValueError("username: is needed with password")
        if self.system == "rest":
            self._check_auth()
        self._check_itscope()
        return self

    def _check_itscope(self) -> None:
        """Raises ValueError where ITscope needs what is not there, or another system has what is for ITscope."""
        if self.system != "itscope":
            for name in _ITSCOPE_ONLY:
                if name in self.model_fields_set:
                    raise ValueError(f"{name}: is for connections with `system: itscope`")
            return
        if self.account_id is None or self.api_key is None:
            raise ValueError("account_id: and api_key are needed with itscope; both are in its user account's settings")
        if self.username is not None or self.password is not None:
            raise ValueError("username: itscope is logged in to with `account_id` and `api_key`")
        if self.requests_per_second > MOST_REQUESTS_PER_SECOND:
            raise ValueError(
                f"requests_per_second: is {MOST_REQUESTS_PER_SECOND:g} at most for itscope, which blocks an address"
                " that sends more; all connections to it share them"
            )
        if not self.language:
            raise ValueError("language: needs one at least")

    def _check_auth(self) -> None:
        """Raises ValueError where what is needed to log in is not there."""
        if self.auth == "basic" and (self.username is None or self.password is None):
            raise ValueError(
                "auth: `basic` needs username and password; the others are `bearer` or the name of a header, with"
                " api_key, and `none`"
            )
        if self.auth not in ("basic", "none") and self.api_key is None:
            raise ValueError(f"api_key: is needed with `auth: {self.auth}`")

    @property
    def host_name(self) -> str:
        return str(urlsplit(self.url).hostname)

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def place(self) -> str:
        """Which system and database it is, without how to log in."""
        return f"{self.name} ({self.url}{f', {self.database}' if self.database else ''})"

    @property
    def host(self) -> str:
        """The system's host and port, as errors name it."""
        return f"{self.host_name}:{self.port}"
