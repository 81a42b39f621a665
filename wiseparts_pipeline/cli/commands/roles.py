"""`wiseparts roles`: a login of its own for each part of the program."""

from typing import Annotated, Any

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report
from wiseparts_pipeline.warehouse.logins import make_roles
from wiseparts_pipeline.warehouse.roles import RIGHTS


def roles(
    new_passwords: Annotated[
        bool, typer.Option("--new-passwords", help="Give roles that exist a new password as well.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the roles as JSON.")] = False,
) -> None:
    """Make the database's roles, each with no more rights than it needs, and print the URLs to log in with.

    On your own server, WISEPARTS_DATABASE_URL has to be that of an administrator, or of the database's owner who may
    create roles. Passwords are shown once, when they are made. The embedded database makes its roles by itself.
    """
    urls = make_roles(new_passwords=new_passwords)
    if as_json:
        rows: list[dict[str, Any]] = [
            {"role": role, "may": may, "variable": urls.variable(role), "url": urls.shown.get(role)}
            for role, may in RIGHTS.items()
        ]
        print_json(rows)
        return
    print_report([{"role": str(role), "may": may} for role, may in RIGHTS.items()])
    if urls.shown:
        out.print("Set for each process the variable of what it does, and for the others none of them:\n")
        for role, url in urls.shown.items():
            out.print(f"{urls.variable(role)}='{url}'", soft_wrap=True)
    elif urls.is_embedded:
        out.print("The embedded database uses them by itself.")
    else:
        out.print("They have passwords already; --new-passwords makes new ones.")
