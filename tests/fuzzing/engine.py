"""One process of libFuzzer for one target: python -m tests.fuzzing.engine TARGET FINDINGS [libFuzzer's arguments].

What a target finds is kept in the folder FINDINGS, and it goes on; libFuzzer ends at what ends a process, and at inputs
that take too long or too much memory.
"""

import ctypes
import os
import shlex
import sys
import traceback
import warnings
from hashlib import sha256
from pathlib import Path

import atheris


def main() -> None:
    name, folder, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["wiseparts_pipeline"]):
        from tests.fuzzing.targets import TARGETS
    from tests.fuzzing.mutating import mutated

    # As in tests: a warning in a log is read by nobody.
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    target = TARGETS[name]
    findings = Path(folder)

    def run(data: bytes) -> None:
        try:
            target.run(data)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            _keep(findings, name, data, error)

    def mutator(data: bytes, longest: int, seed: int) -> bytes:
        return mutated(data, longest, seed, target.tokens, atheris.Mutate)

    ctypes.CDLL(None)["__cxa_atexit"](_END_AT_ONCE, None, None)
    # To minimise inputs, libFuzzer starts itself with a shell.
    itself = shlex.join([sys.executable, "-m", "tests.fuzzing.engine", name, folder])
    atheris.Setup([itself, f"-max_len={target.longest}", *arguments], run, custom_mutator=mutator)
    atheris.Fuzz()


# libFuzzer ends a process with Python locked, for which Arrow's threads would wait, and the process for them.
_END_AT_ONCE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: os._exit(0))


def _keep(folder: Path, target: str, data: bytes, error: Exception) -> None:
    """The smallest input of each kind of finding, and its traceback."""
    places = [f"{frame.name} {frame.line}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = sha256("\n".join([type(error).__name__, str(error).partition(":")[0], *places]).encode()).hexdigest()[:8]
    path = folder / f"{target}-{kind}"
    if not path.exists() or len(data) < path.stat().st_size:
        path.write_bytes(data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), errors="replace")


if __name__ == "__main__":
    main()
