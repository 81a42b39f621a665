"""`wiseparts docs`: the marts' documentation as one page."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, printable
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.warehouse import Role, Warehouse

# The name that dbt gives to the page that contains everything.
_PAGE = "static_index.html"


def docs(
    path: Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to write.")] = Path("marts.html"),
) -> None:
    """Write every table and column of the marts, with lineage and what reads them, as one HTML page.

    A browser opens the file as it is; no server or internet connection is needed.
    """
    if not path.parent.is_dir():
        raise WisepartsError(f"{path} cannot be written: there is no folder {path.parent}.")
    # Loading dbt takes seconds, which the other commands do not have to wait for.
    from wiseparts_pipeline.dbt.manifest import parsed_for
    from wiseparts_pipeline.dbt.runner import run_dbt

    with Warehouse.open(role=Role.DBT) as warehouse, TemporaryDirectory() as folder:
        command = ["docs", "generate", "--static"]
        connection = warehouse.dbt_environment()
        result = run_dbt(command, connection, parsed_for(connection), artifacts=Path(folder))
        if not result.success:
            raise WisepartsError(f"dbt cannot write the documentation: {result.exception or 'a model has an error'}")
        path.write_bytes((Path(folder) / _PAGE).read_bytes())
    out.print(printable(f"Wrote {path}; open it in a browser."))
