"""Makes the roles and their logins for `wiseparts roles`."""

import os
from dataclasses import dataclass

from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse, urls
from wiseparts_pipeline.warehouse.roles import VARIABLES, Role, ensure_roles, set_password


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
