"""Where files are on this machine while they are imported."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from wiseparts_pipeline.home import subfolder


@contextmanager
def workspace() -> Iterator[Path]:
    """A new folder, removed at the end of the block; what killed imports left behind is removed at the beginning."""
    downloads = subfolder("downloads")
    for left in downloads.iterdir():
        process = left.name.partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=downloads) as folder:
        yield Path(folder)
