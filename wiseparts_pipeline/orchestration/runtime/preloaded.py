"""Loads when it is imported what every run needs, for the process that the runs are forked from.

A run uses it as it is if nothing has changed since, and loads the definitions and the parsed project itself otherwise.
"""

import gc
import logging
import multiprocessing
from importlib import import_module

from wiseparts_pipeline.dbt.manifest import parsed_for, prepare_manifest
from wiseparts_pipeline.dbt.runner import UNCONNECTED, warm_up

_DEFINITIONS = "wiseparts_pipeline.definitions"


def _load() -> None:
    # In another process: what has used dbt's parser of models waits for ever when it uses it again after a fork.
    parsing = multiprocessing.get_context("fork").Process(target=prepare_manifest)
    parsing.start()
    parsing.join()
    if parsing.exitcode == 0:
        import_module(_DEFINITIONS).definitions().get_repository_def()
        warm_up(parsed_for(UNCONNECTED))


try:
    _load()
except Exception:
    # Without it the fork server starts all the same: a run meets the same fault by itself, and shows it in the UI.
    logging.getLogger(__name__).warning("Nothing is preloaded: runs take longer to start.", exc_info=True)
# Python would look through all of it whenever it collects garbage, and every run would get its own copy of it.
gc.collect()
gc.freeze()
