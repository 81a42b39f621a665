"""Who is notified by e-mail of an importer's runs: `notify:` in its YAML."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from wiseparts_pipeline.config.attributes import Settings, one_or_more


def email_address(value: str) -> str:
    """The address. Raises ValueError unless it is a plain one; an internationalised domain is written as xn--."""
    atom, label = r"[\w!#$%&'*+/=?^`{|}~-]+", "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    if not re.fullmatch(rf"{atom}(?:\.{atom})*@{label}(?:\.{label})*", value, re.ASCII):
        raise ValueError(f"{value!r} is not an e-mail address; write it like erp-team@example.com")
    return value


class NotifySettings(Settings):
    """Who is notified by e-mail of an importer's runs, and when.

    `problems`: after runs with rejected or waiting rows, warnings to look into, refused or failed files.
    """

    to: Annotated[tuple[Annotated[str, AfterValidator(email_address)], ...], BeforeValidator(one_or_more)] = Field(
        min_length=1
    )
    when: Literal["always", "problems", "never"] = "problems"
