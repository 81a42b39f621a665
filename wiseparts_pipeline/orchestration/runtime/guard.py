"""Runs a command for as long as standard input is open, and leaves none of its processes behind.

`python guard.py COMMAND ...`: its starter keeps a pipe to its standard input. Once that is closed, deliberately or
because the starter was killed, the command is interrupted; processes of its session that do not end are killed. On
Linux the command is interrupted as well if this process itself is killed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil

STOP_SECONDS = 20
# prctl's, of linux/prctl.h.
_PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> int:
    """Run the command and return its exit status. This process must be the leader of its own session."""
    # A shell ignores interrupts for background processes, and the command would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Safe, as there is no other thread yet.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_interrupted_with(os.getpid()))

    def interrupt_when_closed() -> None:
        # Not with sys.stdin, whose lock a blocked thread would still hold at exit.
        os.read(0, 1)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=interrupt_when_closed, daemon=True).start()
    status = process.wait()
    _end_session()
    return status


def _interrupted_with(parent: int) -> Callable[[], None] | None:
    """What has the system interrupt a process that runs it when its parent ends, however that happens."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGINT)

    return ask


def _end_session() -> None:
    """End what the command has left running, such as a run, which Dagster does not end."""
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_in_session(process)]
    for process in left:
        process.terminate()
    _, alive = psutil.wait_procs(left, timeout=5)
    for process in alive:
        process.kill()


def _is_in_session(process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == os.getsid(0)
    except ProcessLookupError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
