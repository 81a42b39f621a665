"""Runs a command for as long as standard input is open, and leaves none of its processes behind.

`python guard.py COMMAND ...`: its starter keeps a pipe to its standard input. Once that is closed, deliberately or
because the starter was killed, the command is interrupted; processes of its session that do not end are killed.
"""

import os
import signal
import subprocess
import sys
import threading

import psutil

STOP_SECONDS = 20


def main(command: list[str]) -> int:
    """Run the command and return its exit status. This process must be the leader of its own session."""
    # A shell ignores interrupts for background processes, and the command would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

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
