"""`wiseparts api-key`: the keys of the programs that ask the service."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from wiseparts_pipeline.api.keys import NEVER_FOR_CUSTOMERS, SCOPES, create_key, keys, revoke_key
from wiseparts_pipeline.cli.output import PLAIN, err, out, print_json, print_report
from wiseparts_pipeline.config.operations.ages import Age, as_timedelta
from wiseparts_pipeline.warehouse import Role, Warehouse

api_key = typer.Typer(
    help="Make, list and revoke keys of programs that ask the service.", no_args_is_help=True, **PLAIN
)


@api_key.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, such as `webshop`.")],
    scopes: Annotated[str, typer.Option(help=f"What it is for, separated by commas: {', '.join(SCOPES)}.")],
    customers: Annotated[
        str | None, typer.Option(help="The only customers that it is for, separated by commas; without this, all.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends, such as 90d; without this, never.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the key as JSON.")] = False,
) -> None:
    """Make a key and print it, which is not possible again."""
    wanted = _listed(scopes)
    for scope in wanted:
        if scope not in SCOPES:
            raise typer.BadParameter(f"{scope!r} is unknown; there are: {', '.join(SCOPES)}", param_hint="--scopes")
        if scope in NEVER_FOR_CUSTOMERS and customers is not None:
            raise typer.BadParameter(f"does not go with the scope {scope!r}", param_hint="--customers")
    if not wanted or (customers is not None and not _listed(customers)):
        raise typer.BadParameter("name one at least", param_hint="--customers" if wanted else "--scopes")
    with Warehouse.open(role=Role.IMPORTER) as warehouse, warehouse.connect(autocommit=True) as connection:
        key = create_key(connection, name, wanted, _listed(customers) if customers else None, _age(expires))
    if as_json:
        print_json({"name": name, "key": key})
    else:
        err.print("Keep it now: only its hash is stored. It is sent as `Authorization: Bearer KEY`.")
        out.print(key, soft_wrap=True)


@api_key.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print the keys as JSON.")] = False,
) -> None:
    """List all keys, also those that were revoked or have expired: what each is for, and when it was last used."""
    with Warehouse.open(role=Role.IMPORTER) as warehouse, warehouse.connect(autocommit=True) as connection:
        found = [asdict(key) for key in keys(connection)]
    if as_json:
        print_json({"keys": found})
    elif found:
        print_report(
            [
                each | {"scopes": ", ".join(each["scopes"]), "customers": ", ".join(each["customers"] or ["all"])}
                for each in found
            ],
            title="Keys",
        )
    else:
        out.print("There is no key: `wiseparts api-key create NAME --scopes ...` makes one.")


@api_key.command()
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="The name that it was made with.")]) -> None:
    """End a key: within five seconds, no request with it is answered any more."""
    with Warehouse.open(role=Role.IMPORTER) as warehouse, warehouse.connect(autocommit=True) as connection:
        revoke_key(connection, name)
    err.print(f"The key {name!r} is revoked.")


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _age(text: str | None) -> timedelta | None:
    """Raises BadParameter."""
    if text is None:
        return None
    try:
        return as_timedelta(TypeAdapter(Age).validate_python(text))
    except ValidationError:
        raise typer.BadParameter(f"{text!r} is not an age like 12h or 90d", param_hint="--expires") from None
