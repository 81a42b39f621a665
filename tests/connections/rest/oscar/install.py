"""Installs a shop on django-oscar, and fills it: `python3 -m tests.connections.rest.oscar.install`, about a minute."""

import os
import subprocess
from pathlib import Path

from tests.connections import installed

HERE = Path(__file__).parent
SHOP = HERE / "shop"
FOLDER = installed.folder("oscar", HERE / "requirements.txt", *SHOP.glob("*.py"))
DATABASE = FOLDER / "shop.sqlite3"


def environment(database: Path) -> dict[str, str]:
    """The variables of the shop's processes."""
    return {**os.environ, "PYTHONPATH": str(SHOP), "DJANGO_SETTINGS_MODULE": "settings", "SHOP_DATABASE": str(database)}


if __name__ == "__main__" and not installed.is_complete(FOLDER):
    with installed.installing(FOLDER):
        installed.install_packages(FOLDER, HERE / "requirements.txt")
        subprocess.run([installed.python(FOLDER), SHOP / "fill.py"], env=environment(DATABASE), check=True)
