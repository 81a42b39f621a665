"""The analyst: who queries the marts, logs in as a role of its own, and can do nothing else in the database."""

from typing import LiteralString

from psycopg import errors, sql

from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse.connection import Connection

# The read-only role for querying the marts.
ANALYST = "wiseparts_analyst"
ANALYST_URL = "WISEPARTS_ANALYST_URL"

# Settings of an analyst's session, which keep a mistake from holding up others: what an analyst cannot do at all is a
# matter of rights. A build replaces tables, and has to wait for whoever reads them.
SESSION = {
    "default_transaction_read_only": "on",
    "statement_timeout": "15min",
    "idle_in_transaction_session_timeout": "5min",
    "lock_timeout": "1min",
}
# What everybody has by default: temporary tables, and large objects, which fill the disk as well. Only a superuser can
# take away the latter; since PostgreSQL 16 they cannot be written in a read-only transaction.
_CAN_TAKE_TEMPORARY = """
    select has_database_privilege('public', oid, 'temporary') and pg_has_role(datdba, 'usage')
    from pg_database where datname = current_database()
"""
_LARGE_OBJECTS = """
    select oid::regprocedure::text from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
        and proname in ('lo_create', 'lo_creat', 'lo_from_bytea', 'lo_import', 'lo_open', 'lo_put', 'lowrite')
        and has_function_privilege('public', oid, 'execute')
        and (select rolsuper from pg_roles where rolname = current_user)
"""
# A role that the session is or can become, and that may do more than read the marts and the import log.
_EXCESS = """
    select coalesce(
        case
            when rolsuper then 'a superuser'
            when rolcreaterole then 'allowed to create roles'
            when rolname like 'pg\\_%%' then 'a member of ' || rolname
        end,
        'able to read the schema raw'
    )
    from pg_roles
    where pg_has_role(session_user, oid, 'member')
        and (
            rolsuper or rolcreaterole or rolname like 'pg\\_%%'
            or has_schema_privilege(oid, to_regnamespace('raw')::oid, 'usage')
        )
    order by rolsuper desc, rolcreaterole desc
    limit 1
"""


def ensure_analyst(connection: Connection) -> None:
    """Create the analyst role; grant it read access to the marts, future ones included, and to the import log.

    Whoever does not own the marts leaves this to whoever has made the roles.
    """
    if not _value(connection, "select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'marts'"):
        return
    if not _value(connection, "select true from pg_roles where rolname = %s", ANALYST):
        _create(connection)
    granted = """
        select has_schema_privilege(%(role)s, 'marts', 'usage')
            and has_table_privilege(%(role)s, 'ops.import_files', 'select')
            and exists (
                select from pg_default_acl
                where defaclrole = current_user::regrole and defaclnamespace = 'marts'::regnamespace
            )
    """
    found = connection.execute(granted, {"role": ANALYST}).fetchone()
    if not (found and found[0]):
        for statement in (
            "grant usage on schema marts, ops to {}",
            "grant select on all tables in schema marts to {}",
            "alter default privileges in schema marts grant select on tables to {}",
            "grant select on ops.import_files to {}",
        ):
            connection.execute(sql.SQL(statement).format(sql.Identifier(ANALYST)))
    take_from_everybody(connection)


def let_log_in(connection: Connection, password: str | None) -> None:
    """Make the analyst's role a login with this password and the settings of SESSION, if the user may do that."""
    role = sql.Identifier(ANALYST)
    changes = [sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(k), v) for k, v in SESSION.items()]
    login = sql.SQL("alter role {} login").format(role)
    if password is not None:
        # As it is stored: a statement may end up in the server's log.
        hashed = connection.pgconn.encrypt_password(password.encode(), ANALYST.encode(), b"scram-sha-256")
        login += sql.SQL(" password {}").format(hashed.decode())
    try:
        with connection.transaction():
            for statement in (login, *changes):
                connection.execute(statement)
    except (errors.InsufficientPrivilege, errors.InternalError_):
        # It may be a login all the same: roles belong to the whole server, and another process may be changing it.
        pass


def refuse_rights(connection: Connection) -> None:
    """Closes a session that has more rights than the analyst, or can take them, and raises WarehouseError."""
    excess = _value(connection, _EXCESS)
    connection.rollback()
    if excess:
        user = connection.info.user
        connection.close()
        raise WarehouseError(
            f"The database user {user!r} is not used for queries, because it is {excess}. Set {ANALYST_URL} to the URL"
            f" of one for analysts: create role anna login password '...' in role {ANALYST};"
        )


def _create(connection: Connection) -> None:
    try:
        with connection.transaction():
            for statement in ("create role {} nologin", "grant {} to current_user"):
                connection.execute(sql.SQL(statement).format(sql.Identifier(ANALYST)))
    except (errors.DuplicateObject, errors.UniqueViolation):
        # Roles belong to the whole server: the preparation of another database was faster.
        pass
    except errors.InsufficientPrivilege:
        raise WarehouseError(
            f"The database user {connection.info.user!r} may not create roles. Have an administrator run:"
            f" create role {ANALYST} nologin; grant {ANALYST} to {connection.info.user};"
        ) from None


def take_from_everybody(connection: Connection) -> None:
    """Take away what everybody may do with a database by default, as far as the connection's user can."""
    if _value(connection, _CAN_TAKE_TEMPORARY):
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("revoke temporary on database {} from public").format(database))
    for (function,) in connection.execute(_LARGE_OBJECTS).fetchall():
        connection.execute(sql.SQL("revoke execute on function {} from public").format(sql.SQL(function)))


def _value(connection: Connection, query: LiteralString, *parameters: object) -> object:
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None
