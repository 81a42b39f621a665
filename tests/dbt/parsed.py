"""The dbt project, parsed when this is imported; a fork server passes it on to what it forks.

It also passes on what dbt compiles for itself when it first parses, which takes longer than a small build.
"""

import multiprocessing
import os

from dbt.contracts.graph.manifest import Manifest

from tests.measuring import unmeasured
from wiseparts_pipeline.dbt.runner import parse

# A state folder that all workers share, see tests/conftest.py.
TARGET = "WISEPARTS_TEST_DBT_TARGET"


@unmeasured
def _parsed() -> Manifest:
    # First in another process, which leaves nothing to parse for this one: what has used dbt's parser of models waits
    # for ever when it uses it again after a fork.
    first = multiprocessing.get_context("fork").Process(target=unmeasured(parse))
    first.start()
    first.join()
    return parse()


_environment = dict(os.environ)
os.environ["WISEPARTS_HOME"] = _environment[TARGET]
try:
    PROJECT: Manifest = _parsed()
finally:
    os.environ.clear()
    os.environ.update(_environment)
