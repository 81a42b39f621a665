"""Who is told by e-mail when the installation needs someone: the component `Alerts` of a defs.yaml."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from wiseparts_pipeline.config.attributes import Settings, one_or_more
from wiseparts_pipeline.config.operations.ages import Age
from wiseparts_pipeline.config.operations.notifications import email_address


class AlertSettings(Settings):
    """Who is told, and from when on something is wrong. The latter also holds for `wiseparts doctor`."""

    to: Annotated[tuple[Annotated[str, AfterValidator(email_address)], ...], BeforeValidator(one_or_more)] = Field(
        default=(), description="E-mail addresses of those who are told. None: nobody is."
    )
    outage_after: Age = Field(
        default="15m", description="How long a source or the database fails before anybody is told of it."
    )
    disk_gb: float = Field(
        default=5,
        gt=0,
        allow_inf_nan=False,
        description="Gigabytes that have to be free on the disk of the state folder.",
    )
    deferred_after: Age = Field(default="7d", description="How long rows may wait for records that they refer to.")
    marts_after: Age = Field(default="2h", description="How long marts may lack what was imported.")
    failed_builds: int = Field(
        default=3, ge=1, description="How many builds in succession a model or test fails in before anybody is told."
    )
    remind_after: Age = Field(default="1d", description="When those who were told are told again.")
