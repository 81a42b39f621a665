"""Installs Tryton, and fills a database of it: `python3 -m tests.connections.tryton.install`, about two minutes."""

import os
import subprocess
from pathlib import Path

from tests.connections import installed

HERE = Path(__file__).parent
REQUIREMENTS, SETTINGS, FILL = (HERE / name for name in ("requirements.txt", "trytond.conf", "fill.py"))
FOLDER = installed.folder("tryton", REQUIREMENTS, SETTINGS, FILL, Path(__file__))
PROGRAMS = FOLDER / "venv" / "bin"
PASSWORD = "for tests only"
# What a distributor has; they bring what they depend on.
MODULES = (
    "account_credit_limit",
    "account_invoice_stock",
    "party_relationship",
    "product_kit",
    "purchase",
    "sale_opportunity",
    "sale_price_list",
)


def environment(databases: Path) -> dict[str, str]:
    """The variables of Tryton's processes, for databases in this folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRYTOND"))}
    return inherited | {"TRYTOND_DATABASE__PATH": str(databases)}


def _fill() -> None:
    database = FOLDER / "tryton.sqlite"
    database.touch()
    password = FOLDER / "password"
    password.write_text(PASSWORD)
    variables = environment(FOLDER) | {"TRYTONPASSFILE": str(password)}
    settings = ["-c", str(SETTINGS), "-d", "tryton"]
    activate = ["-u", *MODULES, "--activate-dependencies", "--email", "admin@example.org"]
    subprocess.run([PROGRAMS / "trytond-admin", *settings, *activate], env=variables, check=True)
    subprocess.run([PROGRAMS / "python", FILL, SETTINGS, "sqlite:///tryton"], env=variables, check=True)


if __name__ == "__main__" and not installed.is_complete(FOLDER):
    installed.install_packages(FOLDER, REQUIREMENTS)
    _fill()
    installed.mark_complete(FOLDER)
