"""Makes the roles and their logins for `wiseparts roles`, and tells what a login lacks."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

from wiseparts_pipeline.warehouse import DATABASE_URL, Connection, Warehouse, urls
from wiseparts_pipeline.warehouse.analyst import refuse_rights
from wiseparts_pipeline.warehouse.roles import NOTED_BY_DBT, VARIABLES, Role, ensure_roles, set_password

_DBT_SCHEMAS = ("staging", "intermediate", "marts", "snapshots")

_SCHEMA_RIGHTS: LiteralString = """
    select needed || ' on the schema ' || nspname
    from pg_namespace cross join unnest(%(rights)s::text[]) as needed
    where nspname = any(%(schemas)s) and not has_schema_privilege(pg_namespace.oid, needed)
    order by 1
"""
# A staging table of an import that runs is the importer's, and no business of others.
_TABLES: LiteralString = """
    from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm') and nspname = any(%(schemas)s)
        and (%(tables)s::text[] is null or relname = any(%(tables)s))
        and not (nspname = 'ops' and pg_get_userbyid(relowner) = %(importer)s)
"""
_TABLE_RIGHTS: LiteralString = f"""
    select needed || ' on ' || place from (select pg_class.oid, nspname || '.' || relname as place {_TABLES}) as tables
    cross join unnest(%(rights)s::text[]) as needed
    where not has_table_privilege(tables.oid, needed)
    order by place, 1
"""  # noqa: S608
_OWNED_SCHEMAS: LiteralString = """
    select 'to own the schema ' || nspname from pg_namespace
    where nspname = any(%(schemas)s) and not pg_has_role(nspowner, 'usage') order by 1
"""
_OWNED_TABLES: LiteralString = f"""
    select 'to own ' || nspname || '.' || relname {_TABLES} and not pg_has_role(relowner, 'usage') order by 1
"""


@dataclass(frozen=True)
class _Need:
    """Rights on schemas, on the tables in them, or some of these; or, without rights, to own these."""

    schemas: tuple[str, ...]
    on_schema: tuple[str, ...] = ()
    on_tables: tuple[str, ...] = ()
    tables: tuple[str, ...] | None = None

    def lacking(self, connection: Connection) -> Iterator[str]:
        tables = list(self.tables) if self.tables else None
        names = {"schemas": list(self.schemas), "tables": tables, "importer": str(Role.IMPORTER)}
        for owned, query, rights in (
            (_OWNED_SCHEMAS, _SCHEMA_RIGHTS, self.on_schema),
            (_OWNED_TABLES, _TABLE_RIGHTS, self.on_tables),
        ):
            if not self.on_schema and not self.on_tables:
                yield from (text for (text,) in connection.execute(owned, names))
            elif rights:
                yield from (text for (text,) in connection.execute(query, names | {"rights": list(rights)}))


_WRITE = ("insert", "update", "delete")
_NEEDS: dict[Role, tuple[_Need, ...]] = {
    Role.OWNER: (_Need(("raw", "ops")),),
    Role.IMPORTER: (
        _Need(("raw",), ("usage",), ("select", *_WRITE)),
        _Need(("ops",), ("usage", "create"), ("select", *_WRITE)),
        _Need(("marts",), ("usage",), ("select",)),
    ),
    Role.DBT: (
        _Need(_DBT_SCHEMAS),
        _Need(("raw", "ops"), ("usage",), ("select",)),
        _Need(("ops",), ("usage",), _WRITE, NOTED_BY_DBT),
    ),
    Role.ANALYST: (
        _Need(("marts",), ("usage",), ("select",)),
        _Need(("ops",), ("usage",), ("select",), ("import_files",)),
    ),
    Role.DAGSTER: (_Need(("dagster",)),),
}


@dataclass(frozen=True)
class Logins:
    """The URLs with new passwords, by role."""

    shown: dict[Role, str]
    is_embedded: bool

    @staticmethod
    def variable(role: Role) -> str:
        """The environment variable with the role's URL."""
        return VARIABLES[role]


def make_roles(*, new_passwords: bool) -> Logins:
    """Makes the roles of the database of WISEPARTS_DATABASE_URL, or of the embedded one; safe to repeat.

    Raises WarehouseError if its user may not.
    """
    url = os.environ.get(DATABASE_URL)
    if not url:
        with Warehouse.open():
            return Logins({}, is_embedded=True)
    warehouse = Warehouse(url)
    warehouse.prepare()
    with warehouse.connect() as connection:
        created = ensure_roles(connection)
        # That of the analyst is the one that our own user would give it, see Warehouse.connect.
        secret = connection.info.password
        known = {Role.ANALYST: urls.derived_password(secret, Role.ANALYST)} if secret else {}
        chosen = Role if new_passwords else created
        passwords = {role: set_password(connection, role, known.get(role)) for role in chosen}
        connection.commit()
        parameters = urls.parameters_of(url, DATABASE_URL)
        shown = {role: urls.for_user(parameters, role, password) for role, password in passwords.items()}
        if Role.DAGSTER in shown:
            dagster = Warehouse(url, {Role.DAGSTER: shown[Role.DAGSTER]})
            shown[Role.DAGSTER] = dagster.dagster_url()
    return Logins(shown, is_embedded=False)


def missing_rights(warehouse: Warehouse, role: Role) -> list[str]:
    """What the login of a role lacks for its work, such as `insert on raw.sales`. Changes nothing.

    That of the owner also works for the roles without one, except for the analyst.
    Raises WarehouseError if it cannot log in, or, for an analyst, if it may do more than read.
    """
    roles = [role]
    if role is Role.OWNER:
        roles += [each for each in Role if each not in warehouse.logins and each is not Role.ANALYST]
    with warehouse.connect_as(role) as connection:
        lacking = [text for each in roles for need in _NEEDS[each] for text in need.lacking(connection)]
        if role is Role.ANALYST:
            refuse_rights(connection)
    return list(dict.fromkeys(lacking))
