"""The components of a `defs.yaml` that say how the installation is operated, of which there is one each at most."""

from dataclasses import dataclass
from typing import Self

import dagster as dg
from pydantic import BaseModel

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.config.operations.retention import RetentionSettings


class AlertAttributes(Attributes):
    settings = AlertSettings


class RetentionAttributes(Attributes):
    settings = RetentionSettings


@dataclass(frozen=True)
class _Operation(dg.Component):
    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        return cls()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """None: what is done with the settings reads them when it does it."""
        return dg.Definitions()


@dataclass(frozen=True)
class Retention(_Operation):
    """How long things that have served their purpose are kept. Without it, as long as its defaults say."""

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return RetentionAttributes


@dataclass(frozen=True)
class Alerts(_Operation):
    """Who is told by e-mail when the installation needs someone, and of what. Without it, nobody is."""

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return AlertAttributes
