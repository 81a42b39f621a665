"""Where a dagster.yaml of version 0.1.0 looks for WarehouseStorage."""

from wiseparts_pipeline.orchestration.runtime.storage import WarehouseStorage

__all__ = ["WarehouseStorage"]
