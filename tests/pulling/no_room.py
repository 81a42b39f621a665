"""`wiseparts` where no file can have more than 100 kB."""

import resource

from wiseparts_pipeline.cli.main import main as wiseparts


def main() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    wiseparts()
