"""What a pull from a system with a JSON API may say; errors name the attribute and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.documents import parse
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.errors import ConfigurationError

CONNECTION = {"name": "shop", "system": "rest", "url": "https://shop.example.com", "auth": "none"}
PULL = {"connection": "shop", "entity": "orders", "request": {"path": "/orders"}}


def problem(**attributes: Any) -> str:
    """What is wrong with a pull that has these attributes."""
    with pytest.raises(ConfigurationError) as caught:
        parse(PullSettings, Path("defs.yaml"), {**PULL, **attributes})
    return str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"request": {"method": "PUT", "path": "/"}}, "attributes.request.method: must be 'GET' or 'POST', not 'PUT'"),
        ({"request": {"path": "orders"}}, "attributes.request.path: 'orders' is not a path; write what follows"),
        ({"request": {"path": "/orders?page=1"}}, "what follows a ? as `query`"),
        ({"request": {"path": "//elsewhere"}}, "is not a path"),
        ({"request": {"path": "/", "body": "{}"}}, "attributes.request: body: is sent with `method: POST` only"),
        ({"request": {"path": "/", "method": "POST", "body": {"a": "b"}}}, "attributes.request.body: is not JSON"),
        ({"request": {"path": "/", "verb": "GET"}}, "unknown attribute; allowed: method, path, query, body"),
        ({"records": "$.data"}, "attributes.records: '$.data' is not a place in an answer"),
        (
            {"paginate": {"by": "scroll"}},
            "paginate.by: must be 'page', 'offset', 'cursor', 'link' or 'header'",
        ),
        ({"paginate": {"by": "page"}}, "attributes.paginate: parameter is missing"),
        (
            {"paginate": {"by": "link", "next": "next", "first": "0"}},
            "paginate: first is not for `by: link`; allowed: by, next",
        ),
        ({"paginate": {"by": "link"}}, "attributes.paginate: next is missing"),
        ({"paginate": {"by": "cursor", "parameter": "c"}}, "needs either `next` or `field`"),
        ({"paginate": {"by": "header", "limit": "5"}}, "unknown attribute; allowed: by, parameter, first, next"),
        ({"window": {"parameter": "since", "format": "excel"}}, "attributes.window.format: no system is asked"),
        ({"window": {"parameter": "since", "format": "iso"}}, "'iso' is not a date format"),
        ({"window": {"parameter": "since", "template": "x"}}, "attributes.window.template: 'x' has no {since} in it"),
        ({"keys": {"field": "id"}}, "attributes.keys: needs either `path` with {key} in it or `parameter`"),
        ({"keys": {"field": "id", "path": "/orders/"}}, "attributes.keys: path: needs {key} in it"),
        ({"keys": {"parameter": "id"}}, "attributes.keys.field: is missing"),
        ({"owners": {"clients": {"parameter": "id"}}}, "attributes.owners: 'clients' is not an entity; allowed: "),
        ({"window": {"parameter": "body.since"}}, "attributes.window.parameter: 'body.since' is in the body"),
        ({"details": "/orders/?id={id}"}, "attributes.details: '/orders/?id={id}' is not a path"),
    ],
)
def test_errors_name_the_attribute_and_what_is_allowed(attributes: dict[str, Any], says: str) -> None:
    assert says in problem(**attributes)


@pytest.mark.parametrize(
    ("connection", "pull", "says"),
    [
        ({}, {"request": None}, "attributes.request: is missing; it says what to ask for"),
        ({}, {"reread": {"status": ["draft"]}}, "attributes.reread: needs `keys`"),
        ({"auth": "basic"}, {}, "attributes.auth: `basic` needs username and password"),
        ({"auth": "bearer"}, {}, "attributes.api_key: is needed with `auth: bearer`"),
        ({"auth": "X Key"}, {}, "attributes.auth: 'X Key' is neither basic, bearer or none nor the name of a header"),
        (
            {"system": "vendure", "api_key": "k"},
            {"records": "data"},
            "attributes.request: is for connections with `system: rest`; this one is to vendure",
        ),
    ],
)
def test_a_pull_and_its_connection_belong_together(
    tmp_path: Path, connection: dict[str, Any], pull: dict[str, Any], says: str
) -> None:
    for type_, attributes in (("Connection", {**CONNECTION, **connection}), ("Pull", {**PULL, **pull})):
        (tmp_path / type_).mkdir()
        given = {name: value for name, value in attributes.items() if value is not None}
        document = {"type": f"wiseparts_pipeline.components.{type_}", "attributes": given}
        (tmp_path / type_ / "defs.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(tmp_path)
    assert says in str(caught.value)
