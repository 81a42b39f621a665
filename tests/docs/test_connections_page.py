"""The page about connections explains every attribute; tests/connections/rest/test_oscar.py runs its YAML."""

import pytest
from pydantic import BaseModel

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.connections.rest import ByKeys, OwnKey, Paginate, Request, Window
from wiseparts_pipeline.home import PROJECT

PAGE = (PROJECT / "docs" / "connections.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [ConnectionSettings, PullSettings, Request, Paginate, Window, ByKeys, OwnKey])
def test_every_attribute_is_explained(model: type[BaseModel]) -> None:
    for name in model.model_fields:
        assert f"`{name}`" in PAGE or f"`{name}:" in PAGE or f"{name}: " in PAGE, name
