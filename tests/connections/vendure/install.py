"""Installs the web shop Vendure, with a Node for it: `python3 -m tests.connections.vendure.install`, about a minute."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.connections import installed

HERE = Path(__file__).parent
SHOP = HERE / "shop"
FOLDER = installed.folder("vendure", HERE / "requirements.txt", *SHOP.iterdir())
NODE = FOLDER / "venv" / "bin" / "node"

if __name__ == "__main__" and not installed.is_complete(FOLDER):
    installed.install_packages(FOLDER, HERE / "requirements.txt")
    shutil.copytree(SHOP, FOLDER, dirs_exist_ok=True)
    command = [str(NODE.with_name("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = os.pathsep.join((str(NODE.parent), os.environ["PATH"]))
    subprocess.run(command, cwd=FOLDER, env={**os.environ, "PATH": path}, check=True)
    installed.mark_complete(FOLDER)
