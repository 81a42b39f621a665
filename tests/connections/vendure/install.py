"""Installs the web shop Vendure, with a Node for it: `python3 -m tests.connections.vendure.install`, about a minute."""

from pathlib import Path

from tests.connections import installed

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
SHOP = HERE / "shop"
FOLDER = installed.folder("vendure", REQUIREMENTS, *SHOP.iterdir())
NODE = installed.node(FOLDER)

if __name__ == "__main__" and not installed.is_complete(FOLDER):
    with installed.installing(FOLDER):
        installed.install_node_packages(FOLDER, REQUIREMENTS, SHOP)
