"""The rate of a connection, held over all processes that use it."""

import subprocess
import sys
from datetime import timedelta

import pytest

from tests.connections.systems import System, plain
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import TooLate
from wiseparts_pipeline.connections.pace import SharedPace
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
    name="shop", system="rest", url=sys.argv[2], auth="none", allow_plaintext=True, requests_per_second={RATE}
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
    # All at once, now that it no longer matters how long each took to start.
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    moments = sorted(asked.at for asked in system.asked)
    assert len(moments) == 3 * REQUESTS
    for first, too_early in zip(moments, moments[RATE:], strict=False):
        assert too_early - first >= 1


def test_nobody_waits_for_a_moment_after_the_deadline(warehouse: Warehouse) -> None:
    settings = ConnectionSettings(
        name="shop",
        system="rest",
        url="https://shop.example.com",
        auth="none",
        requests_per_second=0.001,
    )
    with warehouse.connect(autocommit=True) as connection:
        pace = SharedPace(connection, settings)
        pace.wait()
        with within(60, "a minute"), pytest.raises(TooLate, match=r"no request may be sent within the [56]\d\.\d s"):
            pace.wait()
        with within(1000, "whoever has more time"), pytest.raises(TooLate):
            pace.wait()
        # The moment was not taken by those who gave up.
        left = connection.execute("select next_request_at - now() from ops.connections").fetchone()
        assert left is not None
        assert timedelta(seconds=1000) < left[0] < timedelta(seconds=1100)


def test_connections_do_not_wait_for_each_other(warehouse: Warehouse) -> None:
    with warehouse.connect(autocommit=True) as connection:
        for name in ("shop", "erp"):
            settings = ConnectionSettings(
                name=name, system="rest", url="https://x.example.com", auth="none", requests_per_second=0.001
            )
            SharedPace(connection, settings).wait()
