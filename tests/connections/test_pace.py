"""The rate of a connection, held over all processes that use it."""

import subprocess
import sys
from itertools import pairwise

from tests.connections.systems import System, plain
from wiseparts_pipeline.warehouse import Warehouse

RATE = 20
REQUESTS = 30
# What each process does.
ASKING = f"""
import sys
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.pace import SharedPace
from wiseparts_pipeline.warehouse import Warehouse

settings = ConnectionSettings(
    name="shop", system="rest", url=sys.argv[2], allow_plaintext=True, requests_per_second={RATE}
)
with Warehouse(sys.argv[1]).connect(autocommit=True) as connection:
    http = Http(settings, SharedPace(connection, settings))
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range({REQUESTS}):
        http.json("GET", "/")
"""


def test_several_processes_together_never_send_more_than_the_rate(warehouse: Warehouse, system: System) -> None:
    system.tells(plain([]))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASKING, warehouse.url, system.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    moments = sorted(asked.at for asked in system.asked)
    assert len(moments) == 3 * REQUESTS
    print(
        "min gap",
        min(b - a for a, b in pairwise(moments)),
        "max",
        max(b - a for a, b in pairwise(moments)),
        moments[-1] - moments[0],
    )
    for first, too_early in zip(moments, moments[RATE:], strict=False):
        assert too_early - first >= 1
