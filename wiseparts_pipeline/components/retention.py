"""The component of a `defs.yaml` that says how long things are kept."""

from dataclasses import dataclass

import dagster as dg
from pydantic import BaseModel

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.config.operations.retention import RetentionSettings


class RetentionAttributes(Attributes):
    settings = RetentionSettings


@dataclass(frozen=True)
class Retention(dg.Component):
    """How long things that have served their purpose are kept. Without it, as long as its defaults say."""

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return RetentionAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "Retention":
        return cls()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """None: the job `prune` reads the settings when it runs."""
        return dg.Definitions()
