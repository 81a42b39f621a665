"""The roles that the parts of the program log in as, each with the rights that it needs: `wiseparts roles`."""

import hashlib
import json
import secrets
from enum import StrEnum
from typing import LiteralString

from psycopg import errors, sql

from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse.analyst import ANALYST, ANALYST_URL, let_log_in, take_from_everybody
from wiseparts_pipeline.warehouse.connection import Connection
from wiseparts_pipeline.warehouse.errors import one_line
from wiseparts_pipeline.warehouse.locks import lock_until_commit


class Role(StrEnum):
    """Who logs in. The value is the name of the role in the database."""

    OWNER = "wiseparts_owner"
    IMPORTER = "wiseparts_importer"
    DBT = "wiseparts_dbt"
    ANALYST = ANALYST
    DAGSTER = "wiseparts_dagster"


# The environment variables with their URLs. That of the owner is enough: it can do what the others can.
VARIABLES = {
    Role.OWNER: "WISEPARTS_DATABASE_URL",
    Role.IMPORTER: "WISEPARTS_IMPORTER_URL",
    Role.DBT: "WISEPARTS_DBT_URL",
    Role.ANALYST: ANALYST_URL,
    Role.DAGSTER: "WISEPARTS_DAGSTER_URL",
}
RIGHTS = {
    Role.OWNER: "owns raw and ops, creates and changes tables, and is a member of importer, dbt and dagster",
    Role.IMPORTER: "reads and writes the rows of raw and ops, and reads the marts",
    Role.DBT: "owns staging, intermediate, marts and snapshots, reads raw and ops, and notes in ops what was built",
    Role.ANALYST: "reads the marts and the import log",
    Role.DAGSTER: "owns the schema dagster",
}
_OWNERS = {
    "raw": Role.OWNER,
    "ops": Role.OWNER,
    **dict.fromkeys(("staging", "intermediate", "marts", "snapshots"), Role.DBT),
    "dagster": Role.DAGSTER,
}
# What dbt writes outside its own schemas.
NOTED_BY_DBT = ("mart_months", "tested_months", "model_builds", "build_failures", "locks")

_GRANTS: tuple[LiteralString, ...] = (
    "grant create, temporary on database {database} to {owner}",
    "grant temporary on database {database} to {dbt}",
    "grant {importer}, {dbt}, {dagster} to {owner}",
    "grant usage on schema raw to {importer}, {dbt}",
    # Staging tables are made in ops.
    "grant usage, create on schema ops to {importer}",
    "grant usage on schema ops to {dbt}, {analyst}",
    "grant usage on schema marts to {importer}, {analyst}",
    "grant select, insert, update, delete on all tables in schema raw, ops to {importer}",
    "grant usage, select on all sequences in schema raw, ops to {importer}",
    "grant select on all tables in schema raw, ops to {dbt}",
    "grant select on all tables in schema marts to {importer}, {analyst}",
    "grant select on ops.import_files to {analyst}",
    "alter default privileges for role {owner} in schema raw, ops"
    " grant select, insert, update, delete on tables to {importer}",
    "alter default privileges for role {owner} in schema raw, ops grant usage, select on sequences to {importer}",
    "alter default privileges for role {owner} in schema raw, ops grant select on tables to {dbt}",
    "alter default privileges for role {dbt} in schema marts grant select on tables to {importer}, {analyst}",
)
# ANALYZE is a right of its own since PostgreSQL 17; before, autovacuum has to do it.
_MAINTAIN: tuple[LiteralString, ...] = (
    "grant maintain on all tables in schema raw, ops to {importer}",
    "alter default privileges for role {owner} in schema raw, ops grant maintain on tables to {importer}",
)
_HAS_MAINTAIN = 170_000

# Relations and functions of a schema that belong to someone else, and how to say what they are.
_OTHERS_RELATIONS = """
    select relname from pg_class
    where relnamespace = %(schema)s::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
        and relowner <> %(role)s::regrole
        and not exists (
            select from pg_depend
            where objid = pg_class.oid and classid = 'pg_class'::regclass and deptype in ('a', 'i')
        )
"""
_OTHERS_FUNCTIONS = """
    select oid::regprocedure::text from pg_proc
    where pronamespace = %(schema)s::regnamespace and proowner <> %(role)s::regrole
"""


def ensure_roles(connection: Connection) -> list[Role]:
    """Create missing roles, and give each what it may do in a prepared database; returns those that were created.

    Does nothing where that has been done. Raises WarehouseError if the connection's user may not.
    """
    lock_until_commit(connection, "wiseparts.prepare")
    if has_roles(connection):
        connection.commit()
        return []
    try:
        created = [role for role in Role if _create(connection, role)]
        let_log_in(connection, None)
        for schema, role in _OWNERS.items():
            _give(connection, schema, role)
        newer = connection.info.server_version >= _HAS_MAINTAIN
        for statement in (*_GRANTS, *(_MAINTAIN if newer else ())):
            _run(connection, statement)
        for table in NOTED_BY_DBT:
            _run(connection, "grant insert, update, delete on ops.{table} to {dbt}", table=sql.Identifier(table))
        take_from_everybody(connection)
        _run(connection, "comment on schema ops is {digest}", digest=sql.Literal(_digest(connection)))
    except errors.InsufficientPrivilege as error:
        raise _may_not(connection, error) from None
    connection.commit()
    return created


def set_password(connection: Connection, role: Role, password: str | None = None) -> str:
    """Give the role a password, of which only the hash is kept, or a new one; returns it.

    Raises WarehouseError if the connection's user may not.
    """
    password = password or secrets.token_urlsafe(24)
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("alter role {} login password {}").format(sql.Identifier(role), hashed)
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege as error:
        raise _may_not(connection, error) from None
    return password


def _may_not(connection: Connection, error: errors.InsufficientPrivilege) -> WarehouseError:
    return WarehouseError(
        f"The database user {connection.info.user!r} may not make the roles: {one_line(error)}. For this command, set"
        f" {VARIABLES[Role.OWNER]} to the URL of a superuser, or of the database's owner who may create roles."
    )


def has_roles(connection: Connection) -> bool:
    """Whether all roles are there, and what this version gives them was given in this database.

    A restored one may have lost it.
    """
    row = connection.execute(
        """
        select (select count(*) from pg_roles where rolname = any(%(roles)s)) = %(number)s
            and obj_description(to_regnamespace('ops'), 'pg_namespace') = %(digest)s
            and not exists (
                select from pg_class
                inner join pg_namespace on pg_namespace.oid = relnamespace
                inner join pg_roles as owner on owner.oid = relowner
                inner join pg_roles as importer on importer.rolname = %(importer)s
                where relkind in ('r', 'v')
                    -- A staging table of an import that runs is the importer's.
                    and not (nspname = 'ops' and relowner = importer.oid)
                    and (
                        owner.rolname <> %(owners)s::jsonb ->> nspname
                        or (
                            nspname in ('raw', 'ops', 'marts')
                            and not has_table_privilege(importer.oid, pg_class.oid, 'select')
                        )
                    )
            )
        """,
        {
            "roles": [str(role) for role in Role],
            "number": len(Role),
            "digest": _digest(connection),
            "importer": Role.IMPORTER,
            "owners": json.dumps(_OWNERS),
        },
    ).fetchone()
    return bool(row and row[0])


def roles_were_made(connection: Connection) -> bool:
    """Whether the server has roles of parts of the program; that of the analyst is there in any case."""
    roles = [str(role) for role in Role if role is not Role.ANALYST]
    row = connection.execute("select exists (select from pg_roles where rolname = any(%s))", [roles]).fetchone()
    return bool(row and row[0])


def _digest(connection: Connection) -> str:
    rights = repr((_GRANTS, _MAINTAIN, _OWNERS, NOTED_BY_DBT, connection.info.server_version >= _HAS_MAINTAIN))
    return f"rights {hashlib.sha256(rights.encode()).hexdigest()[:16]}"


def _create(connection: Connection, role: Role) -> bool:
    """Whether the role had to be created."""
    name = sql.Identifier(role)
    found = connection.execute("select rolcanlogin from pg_roles where rolname = %s", [role]).fetchone()
    try:
        with connection.transaction():
            if found is None:
                connection.execute(sql.SQL("create role {} login").format(name))
            elif not found[0]:
                connection.execute(sql.SQL("alter role {} login").format(name))
            member = connection.execute("select pg_has_role(%s, 'member')", [role]).fetchone()
            if not (member and member[0]):
                connection.execute(sql.SQL("grant {} to current_user").format(name))
    except (errors.DuplicateObject, errors.UniqueViolation):
        # Roles belong to the whole server: another database was faster.
        return False
    return found is None


def _give(connection: Connection, schema: str, role: Role) -> None:
    """Make the role the owner of a schema and of what is in it."""
    _run(connection, "alter schema {schema} owner to {role}", schema=sql.Identifier(schema), role=sql.Identifier(role))
    names = {"schema": schema, "role": role}
    for (relation,) in connection.execute(_OTHERS_RELATIONS, names).fetchall():
        # Also of views and sequences.
        _run(
            connection,
            "alter table {relation} owner to {role}",
            relation=sql.Identifier(schema, relation),
            role=sql.Identifier(role),
        )
    for (function,) in connection.execute(_OTHERS_FUNCTIONS, names).fetchall():
        _run(
            connection,
            "alter function {function} owner to {role}",
            function=sql.SQL(function),
            role=sql.Identifier(role),
        )


def _run(connection: Connection, statement: LiteralString, **names: sql.Composable) -> None:
    roles = {role.name.lower(): sql.Identifier(role) for role in Role}
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL(statement).format(**roles | {"database": database} | names))
