"""The Dagster code location: what the folder of `defs.yaml` files describes, and the marts behind it."""

import os
import warnings
from pathlib import Path
from types import ModuleType

import dagster as dg

from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.dbt.manifest import project_digest
from wiseparts_pipeline.home import PROJECT, defs_folder, home
from wiseparts_pipeline.orchestration.errors import report_user_errors
from wiseparts_pipeline.orchestration.mail import alerts, send_mail
from wiseparts_pipeline.orchestration.marts import marts_definitions
from wiseparts_pipeline.orchestration.outside.sensor import outside_sensor
from wiseparts_pipeline.orchestration.pruning import nightly, prune_job
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

# What the last definitions were made of, and the definitions.
_last: tuple[tuple[Path, Path, Configuration, str], dg.Definitions] | None = None


@dg.definitions
def definitions() -> dg.Definitions:
    """Those of the last call, or of the process that this one was forked from, if they are made of the same.

    Raises UserFacingError, with the message of the command line, if the configuration is wrong.
    """
    global _last
    if "DAGSTER_IS_DEFS_VALIDATION_CLI" in os.environ and not os.environ.get("ERP_SFTP_HOST"):
        # `dg check defs` reaches no source, and the embedded one is not running.
        os.environ.update(EmbeddedSftp(home() / "sftp", port=22).environment())
    with report_user_errors():
        # First as a whole: the components would stop at the first error, and see none that involves two of them.
        configuration = load_configuration()
        made_of = defs_folder(), home(), configuration, project_digest()
        if _last is None or _last[0] != made_of:
            _last = made_of, _load(configuration)
    return _last[1]


def _load(configuration: Configuration) -> dg.Definitions:
    with warnings.catch_warnings():
        # Components are in beta, which Dagster would report for each importer.
        warnings.simplefilter("ignore", dg.BetaWarning)
        # Not the definitions of the tree's root, which documents every component type that is installed.
        components = _components(defs_folder()).build_defs(defs_folder())
    return dg.Definitions.merge(
        components,
        marts_definitions(configuration.importers.values()),
        dg.Definitions(
            jobs=[prune_job],
            schedules=[nightly],
            sensors=[send_mail, alerts, outside_sensor({each.entity for each in configuration.importers.values()})],
            executor=dg.in_process_executor,
        ),
    )


def _components(folder: Path) -> dg.ComponentTree:
    module = ModuleType("wiseparts_pipeline.defs")
    module.__file__ = None
    module.__path__ = [str(folder)]
    return dg.ComponentTree.from_module(module, project_root=PROJECT)
