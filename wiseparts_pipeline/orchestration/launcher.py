"""Where a dagster.yaml of version 0.1.0 looks for ForkingRunLauncher."""

from wiseparts_pipeline.orchestration.runtime.launcher import ForkingRunLauncher

__all__ = ["ForkingRunLauncher"]
