"""Environment variables in settings: `{{ env.NAME }}` and `{{ env('NAME', 'default') }}`."""

import os
import re
from typing import Any

from wiseparts_pipeline.errors import ConfigurationError

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXT = r"""(?:'([^']*)'|"([^"]*)")"""
_ENV = re.compile(rf"\s*env(?:\.(\w+)|\(\s*{_TEXT}\s*(?:,\s*{_TEXT}\s*)?\))\s*")


def resolve_env(value: Any, place: str) -> Any:
    """Settings with `{{ env.NAME }}` and `{{ env('NAME', 'default') }}` replaced; the values stay text.

    Raises ConfigurationError that names the attribute and the variable.
    """
    match value:
        case str() if "{{" in value:
            return _BRACES.sub(lambda braces: _variable(braces[1], place), value)
        case dict():
            return {key: resolve_env(item, f"{place}.{key}") for key, item in value.items()}
        case list():
            return [resolve_env(item, f"{place}[{index}]") for index, item in enumerate(value)]
    return value


def _variable(reference: str, place: str) -> str:
    match = _ENV.fullmatch(reference)
    if match is None:
        # Not quoted: the text between the braces may be part of a password.
        raise ConfigurationError(
            f"{place}: braces can hold {{{{ env.NAME }}}} or {{{{ env('NAME', 'default') }}}} only"
        )
    attribute, single, double, *defaults = match.groups()
    name = attribute or single or double or ""
    default = next((text for text in defaults if text is not None), None)
    value = os.environ.get(name, default)
    if value is None:
        raise ConfigurationError(f"{place}: the environment variable {name} is not set")
    return value
