"""The keys of programs that use the service: made, listed and revoked. Only their hashes are kept."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from psycopg import errors
from psycopg.rows import class_row

from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.warehouse import Connection

Scope = Literal[
    "customers:read",
    "prices:read",
    "invoices:read",
    "orders:read",
    "orders:write",
    "offers:read",
    "sync",
    "metrics",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
# What we pay is told to no key that is for some customers.
NEVER_FOR_CUSTOMERS: tuple[Scope, ...] = ("offers:read",)

# So that a key is recognised as one where it has been left by mistake.
_BEGINNING = "wp_"
_BYTES = 32


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. `customers`: the only ones that it is for; None: all."""

    key_id: int
    name: str
    scopes: Sequence[str]
    customers: Collection[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_for(self, customer_id: str | None) -> bool:
        """Whether it may be told anything of this customer."""
        return self.customers is None or customer_id in self.customers


def hash_of(secret: str) -> bytes:
    """What is kept of a key. It is too long to be guessed, so that it needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def create_key(
    connection: Connection,
    name: str,
    scopes: Collection[str],
    customers: Collection[str] | None = None,
    expires_in: timedelta | None = None,
) -> str:
    """The new key, which cannot be shown again. Raises ConfigurationError if there is one of this name."""
    secret = _BEGINNING + secrets.token_urlsafe(_BYTES)
    try:
        connection.execute(
            """
            insert into ops.api_keys (name, hash, scopes, customers, expires_at)
            values (%s, %s, %s, %s, clock_timestamp() + %s)
            """,
            [name, hash_of(secret), sorted(scopes), sorted(customers) if customers else None, expires_in],
        )
    except errors.UniqueViolation:
        raise ConfigurationError(f"There is a key {name!r} already: revoke it first, or choose another name.") from None
    return secret


def keys(connection: Connection) -> list[ApiKey]:
    """All keys that there ever were, by name, those that are not revoked first."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(
            """
            select key_id, name, scopes, customers, created_at, expires_at, last_used_at, revoked_at
            from ops.api_keys order by revoked_at is not null, name, key_id
            """
        ).fetchall()


def revoke_key(connection: Connection, name: str) -> None:
    """Raises WisepartsError if there is no such key."""
    revoked = connection.execute(
        "update ops.api_keys set revoked_at = clock_timestamp() where name = %s and revoked_at is null", [name]
    )
    if not revoked.rowcount:
        raise WisepartsError(f"There is no key {name!r} that could be revoked: `wiseparts api-key list` shows all.")


def keys_by_hash(connection: Connection) -> dict[bytes, ApiKey]:
    """Those that are not revoked."""
    hashes: dict[int, bytes] = dict(
        connection.execute("select key_id, hash from ops.api_keys where revoked_at is null").fetchall()
    )
    return {hashes[key.key_id]: key for key in keys(connection) if key.key_id in hashes}


def note_use(connection: Connection, key_ids: Collection[int]) -> None:
    """That these keys were used just now, unless that was noted less than a minute ago."""
    connection.execute(
        """
        update ops.api_keys set last_used_at = clock_timestamp()
        where key_id = any(%s) and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
        """,
        [list(key_ids)],
    )
