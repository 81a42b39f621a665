"""Runs a command as long as somebody holds the other end of its standard input, and leaves nothing of it behind.

`python guard.py COMMAND ...`: whoever starts it keeps a pipe to it; when that is closed, because the other wants an end
or has been killed, the command is interrupted, and whatever of its session has not ended in time is killed.
"""

import os
import signal
import subprocess
import sys
import threading

import psutil

STOP_SECONDS = 20


def main(command: list[str]) -> int:
    """The exit status of the command. Has to be the leader of a session of its own."""
    # A shell that starts us in the background has interrupts ignored, and the command would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def interrupt_at_the_end() -> None:
        # Not by sys.stdin, whose lock a waiting thread would keep at the end.
        os.read(0, 1)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=interrupt_at_the_end, daemon=True).start()
    status = process.wait()
    _end_session()
    return status


def _end_session() -> None:
    """Ends what the command has left: a run in progress, which Dagster would leave to itself."""
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_of_session(process)]
    for process in left:
        process.terminate()
    _, alive = psutil.wait_procs(left, timeout=5)
    for process in alive:
        process.kill()


def _is_of_session(process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == os.getsid(0)
    except ProcessLookupError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
