"""What the files of the dbt project say, read without dbt, which takes seconds to load and more to parse them."""

from functools import cache, lru_cache
from typing import Any

import yaml

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import DBT_PROJECT

# Models of the layers below the marts; every other model is a mart.
_LOWER_LAYERS = ("stg_", "int_")


def project_variables() -> dict[str, Any]:
    """The variables of the models with their defaults."""
    return _variables((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _variables(text: str) -> dict[str, Any]:
    variables: dict[str, Any] = yaml.safe_load(text)["vars"]
    return variables


@cache
def mart_keys() -> dict[str, tuple[str, ...]]:
    """The unique key of each mart that has one: as dbt tests it or, for a large mart, as its unique index has it.

    Raises WisepartsError when there is no mart at all.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    keys = {}
    for path in sorted((DBT_PROJECT / "models").rglob("*.yml"), key=lambda path: path.name):
        for model in yaml.load(path.read_text(encoding="utf-8"), loader).get("models", []):
            key = _unique_key(model)
            if key and not model["name"].startswith(_LOWER_LAYERS):
                keys[model["name"]] = key
    if not keys:
        raise WisepartsError(f"There are no marts in {DBT_PROJECT}: the package is incomplete, install it again.")
    return keys


def _unique_key(model: dict[str, Any]) -> tuple[str, ...] | None:
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_key" in test:
            return tuple(test["unique_key"]["arguments"]["columns"])
    key = model.get("config", {}).get("unique_key")
    return tuple(key) if key else None
