"""Installs Odoo 14 from Debian 11, and fills a database of it: `python -m tests.connections.odoo.install`, as root.

It takes five minutes and 1.4 GB, and needs the Debian packages mmdebstrap and postgresql. So `.ci/run` leaves it out,
and test_odoo.py runs where somebody has installed it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests import oldest_postgresql
from tests.connections import installed
from tests.connections.odoo import running
from tests.connections.odoo.fill import fill

HERE = Path(__file__).parent
FOLDER = installed.folder("odoo", HERE / "fill.py", Path(__file__))
DUMP = FOLDER / "odoo.dump"
COMMAND = "python -m tests.connections.odoo.install, as root"
# What a distributor has; they bring what they depend on.
MODULES = ("delivery", "l10n_generic_coa", "purchase_stock", "sale_crm", "sale_management", "sale_stock")


def is_done() -> bool:
    return installed.is_complete(FOLDER)


def _install() -> None:
    """Puts the root folder together, from the source that this machine's packages come from."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], check=True, stdout=subprocess.PIPE, text=True
    )
    source = sorted({line for line in told.stdout.splitlines() if "security" not in line})[0]
    shutil.rmtree(running.ROOT, ignore_errors=True)
    running.SYSTEMS.mkdir(parents=True, exist_ok=True)
    # A copy of the index that is older than its date says is as good.
    old = ['--aptopt=Acquire::Check-Valid-Until "false"', "--variant=apt", "--include=odoo-14"]
    subprocess.run(["mmdebstrap", "--quiet", *old, "bullseye", str(running.ROOT), source], check=True)
    for packages in (running.ROOT / "var/cache/apt/archives").glob("*.deb"):
        packages.unlink()
    (running.ROOT / "installed").touch()


def _fill() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with running.server() as server:
        server.run("--init", ",".join(MODULES), "--without-demo=all", "--no-http", "--stop-after-init")
        with server.serving() as url:
            fill(url)
        dump: list[str | Path] = [
            oldest_postgresql.BINARIES / "pg_dump",
            "--format=custom",
            f"--file={DUMP}",
            server.database_url,
        ]
        subprocess.run(dump, check=True)
    installed.mark_complete(FOLDER)


if __name__ == "__main__":
    if not (running.ROOT / "installed").exists():
        print(f"==> Odoo 14, into {running.ROOT}", file=sys.stderr)
        _install()
    if not is_done():
        print(f"==> a database, into {FOLDER}", file=sys.stderr)
        _fill()
