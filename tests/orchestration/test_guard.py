"""Processes that end with the process that started them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.waiting import eventually
from wiseparts_pipeline.orchestration.runtime import guard

# A command that leaves a grandchild behind and writes down its PID.
COMMAND = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""
STARTER = """
import subprocess, sys
command = [sys.executable, sys.argv[1], sys.executable, "-c", sys.argv[2], sys.argv[3]]
subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
sys.stdin.read()
"""


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"


def start(pid_file: Path) -> subprocess.Popen[bytes]:
    """A process that holds the guard's input open."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, guard.__file__, COMMAND, str(pid_file)], stdin=subprocess.PIPE
    )
    eventually(lambda: pid_file.exists() and pid_file.read_text())
    return starter


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_however_the_starter_ends(pid_file: Path, signal_: signal.Signals) -> None:
    starter = start(pid_file)
    left = int(pid_file.read_text())
    os.kill(starter.pid, signal_)
    starter.communicate()
    eventually(lambda: is_gone(left))


def test_the_status_of_the_command_is_the_guards() -> None:
    command = [sys.executable, guard.__file__, sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guarded:
        assert guarded.wait(timeout=30) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has been killed")
def test_the_command_is_interrupted_when_the_guard_is_killed() -> None:
    command = [sys.executable, guard.__file__, "sleep", "600"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guarded:
        children = psutil.Process(guarded.pid).children
        eventually(lambda: [child.name() for child in children()] == ["sleep"])
        [sleeping] = children()
        guarded.kill()
        eventually(lambda: is_gone(sleeping.pid))
