"""What dbt gives to templates and sqlfluff does not: the project's variables, and a build from scratch."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_PROJECT = yaml.safe_load((Path(__file__).parent.parent / "dbt_project.yml").read_text(encoding="utf-8"))

execute = False
modules = SimpleNamespace(pytz=SimpleNamespace(timezone=ZoneInfo))
run_started_at = datetime(2025, 1, 1, tzinfo=UTC)


def var(name: str, default: Any = None) -> Any:
    return _PROJECT["vars"].get(name, default)


def is_incremental() -> bool:
    return False
