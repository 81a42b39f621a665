"""Installs Prism, which serves a description: `python3 -m tests.connections.itscope.install`, a minute."""

from pathlib import Path

from tests.connections import installed
from tests.connections.vendure.install import REQUIREMENTS

PRISM = Path(__file__).parent / "prism"
FOLDER = installed.folder("prism", REQUIREMENTS, *PRISM.iterdir())
PROGRAM = FOLDER / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"

if __name__ == "__main__" and not installed.is_complete(FOLDER):
    with installed.installing(FOLDER):
        installed.install_node_packages(FOLDER, REQUIREMENTS, PRISM)
