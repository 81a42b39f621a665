"""A database's URL, taken apart and put together for those who connect by other means: dbt and Dagster (psycopg2)."""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.warehouse.connection import PARAMETERS

# What dbt is told of TLS; the host's name is checked against the certificate if sslmode is verify-full.
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def parameters_of(url: str, variable: str) -> dict[str, Any]:
    """libpq's parameters. Raises ConfigurationError, which names the variable, if the URL is none."""
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Without libpq's error, which quotes the URL and with it the password.
        raise ConfigurationError(
            f"{variable} is not a PostgreSQL URL, which looks like postgresql://user:password@host:5432/database"
        ) from None


def without_driver(url: str) -> str:
    """libpq's URL for one of SQLAlchemy."""
    return url.replace("postgresql+psycopg2://", "postgresql://", 1)


def for_user(parameters: dict[str, Any], user: str, password: str | None) -> str:
    """The same database for another user, who has the given password and no certificate."""
    others = {
        name: value for name, value in parameters.items() if name not in ("user", "password", "sslcert", "sslkey")
    }
    host, port = str(others.pop("host", "")), others.pop("port", "")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    if "/" in host or "," in host:
        others |= {"host": host} | ({"port": port} if port else {})
        address = ""
    else:
        address = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    database = quote(str(others.pop("dbname", "")), safe="")
    query = urlencode(others, quote_via=quote)
    return f"postgresql://{login}@{address}/{database}" + (f"?{query}" if query else "")


def derived_password(secret: str, user: str) -> str:
    """A user's password that follows from a secret, which does not follow from it."""
    return hmac.digest(secret.encode(), f"wiseparts {user}".encode(), hashlib.sha256).hex()


def dbt_environment(info: psycopg.ConnectionInfo, options: str) -> dict[str, str]:
    """The environment variables that dbt's profile and run_dbt() read; the host may be the folder of a socket."""
    given = info.get_parameters()
    tls = {f"WISEPARTS_PG_{name.upper()}": given[name] for name in _TLS if given.get(name)}
    return {
        "WISEPARTS_PG_SSLMODE": "prefer",
        **tls,
        "WISEPARTS_PG_HOST": info.host,
        "WISEPARTS_PG_PORT": str(info.port),
        "WISEPARTS_PG_USER": info.user,
        "WISEPARTS_PG_PASSWORD": info.password,
        "WISEPARTS_PG_DBNAME": info.dbname,
        "WISEPARTS_PG_OPTIONS": options,
    }


def dagster_url(info: psycopg.ConnectionInfo, options: str) -> str:
    """The SQLAlchemy URL of Dagster's storage: this database, with the schema dagster as search path."""
    given = info.get_parameters()
    query = PARAMETERS | {name: value for name, value in given.items() if name.startswith("ssl")}
    query |= {"options": f"-csearch_path=dagster {options}"}
    host, port = info.host, str(info.port)
    if host.startswith("/"):
        address, query = "", query | {"host": host, "port": port}
    else:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    login = f"{quote(info.user, safe='')}:{quote(info.password, safe='')}".removesuffix(":")
    return f"postgresql+psycopg2://{login}@{address}/{info.dbname}?{urlencode(query, quote_via=quote)}"
