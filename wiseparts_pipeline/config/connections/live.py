"""The settings of live look-ups: which connection answers what, how long that may take, and what is kept of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.operations.ages import NEVER, Age

Kind = Literal["customer", "financials", "invoices", "orders", "products", "routes", "order_types", "offers"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# What the systems can answer.
CAPABILITIES: Mapping[str, tuple[Kind, ...]] = {
    "itscope": ("offers",),
    "odoo": ("customer", "financials", "invoices", "orders", "products"),
    "tryton": ("customer", "financials", "invoices", "orders", "products", "routes", "order_types"),
}

_CACHE_SECONDS: dict[Kind, float] = {
    "customer": 60,
    "financials": 0,
    "invoices": 60,
    "orders": 15,
    "products": 15,
    "routes": 3600,
    "order_types": 3600,
    "offers": 300,
}


class LiveSettings(BaseModel):
    """What one connection answers, as in the `attributes` of its defs.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: str = Field(description="The connection that is asked.")
    answers: tuple[Kind, ...] | None = Field(
        default=None, description="The kinds that it answers; without this, all that its system can."
    )
    cache_seconds: dict[Kind, Annotated[float, Field(ge=0, le=86400)]] = Field(
        default_factory=dict,
        description="By kind, how long an answer is given again; 0 asks every time.",
    )
    stored: dict[Kind, Age] = Field(
        default_factory=dict,
        description="By kind, how old what is in the database may be to be given while the system does not answer;"
        " kinds that are not named here are never answered from it.",
    )
    deadline_seconds: float = Field(default=3, gt=0, le=60, description="How long a look-up may take in all.")
    open_after_failures: int = Field(
        default=5, ge=1, le=1000, description="After how many failures one after the other the system is left alone."
    )
    open_seconds: float = Field(default=30, gt=0, le=3600, description="How long it is left alone before it is tried.")
    concurrency: int = Field(default=8, ge=1, le=100, description="How many look-ups ask the system at a time.")

    @property
    def name(self) -> str:
        """The connection, which has one of these at most."""
        return self.connection

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for attribute in ("cache_seconds", "stored"):
            for kind in getattr(self, attribute):
                if self.answers is not None and kind not in self.answers:
                    raise ValueError(f"{attribute}: {kind!r} is not among `answers`")
        for kind, age in self.stored.items():
            if age == NEVER:
                raise ValueError(
                    f"stored: {kind}: is an age like 26h; leave {kind} out to never answer from the database"
                )
        return self

    def keeps(self, kind: Kind) -> float:
        """For how many seconds an answer of the kind is given again."""
        return self.cache_seconds.get(kind, _CACHE_SECONDS[kind])

    def answered_by(self, system: str) -> tuple[Kind, ...]:
        """The kinds that are answered over the connection, which is to this system."""
        return CAPABILITIES.get(system, ()) if self.answers is None else self.answers


def live_problems(
    found: Mapping[str, tuple[Path, LiveSettings]], connections: Mapping[str, ConnectionSettings]
) -> Iterator[str]:
    """What is wrong with the components together, each with the file and attribute."""
    taken: dict[Kind, str] = {}
    for path, live in found.values():
        if live.connection not in connections:
            allowed = ", ".join(connections) or "none is configured"
            yield f"{path}: attributes.connection: {live.connection!r} is not a connection; allowed: {allowed}"
            continue
        system = connections[live.connection].system
        if system not in CAPABILITIES:
            yield (
                f"{path}: attributes.connection: {live.connection!r} is to {system}, which answers no look-ups; those"
                f" that do: {', '.join(CAPABILITIES)}"
            )
            continue
        for kind in live.answered_by(system):
            if kind not in CAPABILITIES[system]:
                allowed = ", ".join(CAPABILITIES[system])
                yield f"{path}: attributes.answers: {system} does not answer {kind!r}; allowed: {allowed}"
            other = taken.setdefault(kind, live.connection)
            if other != live.connection:
                yield (
                    f"{path}: attributes.answers: {kind!r} is answered over connection {other!r} already; list in"
                    " `answers` what each of them answers"
                )
