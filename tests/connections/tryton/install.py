"""Installs Tryton, and fills a database of it: `python3 -m tests.connections.tryton.install`, about two minutes."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.connections import installed

HERE = Path(__file__).parent
REQUIREMENTS, SETTINGS, FILL = (HERE / name for name in ("requirements.txt", "trytond.conf", "fill.py"))
FILL_FOR_LOOKUPS = HERE.parents[1] / "live" / "tryton" / "fill_more.py"
FOLDER = installed.folder("tryton", REQUIREMENTS, SETTINGS, FILL, FILL_FOR_LOOKUPS, Path(__file__))
PROGRAMS = FOLDER / "venv" / "bin"
PASSWORD = "for tests only"
DATABASE, FOR_LOOKUPS = "tryton", "lookups"
# What a distributor has; they bring what they depend on.
MODULES = (
    "account_credit_limit",
    "account_invoice_stock",
    "carrier",
    "party_relationship",
    "product_kit",
    "purchase",
    "sale_credit_limit",
    "sale_opportunity",
    "sale_price_list",
)


def environment(databases: Path) -> dict[str, str]:
    """The variables of Tryton's processes, for databases in this folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRYTOND"))}
    return inherited | {"TRYTOND_DATABASE__PATH": str(databases)}


def _fill() -> None:
    """Makes the database of the small distributor, and one with what look-ups are about besides."""
    (FOLDER / f"{DATABASE}.sqlite").touch()
    password = FOLDER / "password"
    password.write_text(PASSWORD)
    variables = environment(FOLDER) | {"TRYTONPASSFILE": str(password)}
    activate = ["-u", *MODULES, "--activate-dependencies", "--email", "admin@example.org"]
    administer = [str(PROGRAMS / "trytond-admin"), "-c", str(SETTINGS), "-d", DATABASE]
    subprocess.run([*administer, *activate], env=variables, check=True)
    subprocess.run([PROGRAMS / "python", FILL, SETTINGS, f"sqlite:///{DATABASE}"], env=variables, check=True)
    shutil.copy(FOLDER / f"{DATABASE}.sqlite", FOLDER / f"{FOR_LOOKUPS}.sqlite")
    more: list[str | Path] = [PROGRAMS / "python", FILL_FOR_LOOKUPS, SETTINGS, f"sqlite:///{FOR_LOOKUPS}"]
    subprocess.run(more, env=variables, check=True)


if __name__ == "__main__" and not installed.is_complete(FOLDER):
    with installed.installing(FOLDER):
        installed.install_packages(FOLDER, REQUIREMENTS)
        _fill()
