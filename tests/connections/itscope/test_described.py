"""What is asked for, compared with the vendor's description; without the description, these tests are skipped."""

import json
from typing import Any

import pytest

from tests.connections.itscope.server.catalogue import product
from tests.connections.itscope.server.described import NotDescribed, check_answer, check_request, description
from wiseparts_pipeline.connections.itscope.operations import OPERATIONS, Operation


@pytest.fixture(scope="module", autouse=True)
def described() -> dict[str, Any]:
    found = description()
    if found is None:
        pytest.skip("ITscope's description is not available (set WISEPARTS_REAL_DATA to the folder that has it)")
    return found


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_is_what_the_description_has(operation: Operation, described: dict[str, Any]) -> None:
    found = described["paths"][f"/{operation.path}"][operation.method.lower()]
    assert found["operationId"] == operation.name
    assert not found.get("deprecated")
    parameters = {(each["in"], each["name"]): each for each in found.get("parameters", [])}
    assert {name for place, name in parameters if place == "path"} == set(operation.parts)
    required = {name for (place, name), each in parameters.items() if place == "query" and each.get("required")}
    assert required == set(operation.required)
    for place, values in (("path", operation.parts), ("query", operation.query)):
        for name, allowed in values.items():
            schema = parameters[place, name]["schema"]
            assert set(allowed) == set(schema.get("enum", ["true", "false"] if schema["type"] == "boolean" else []))


def test_the_server_refuses_what_is_not_described() -> None:
    assert check_request("GET", "/products/search/keywords=x/standard.json", {"page": ["1"]}) is None
    for path, query, status in (
        ("/products/search/keywords=x/everything.json", {}, 400),
        ("/business/deals/purchase/deal.json", {}, 400),
        ("/products/search/keywords=x/standard.json", {"pages": ["1"]}, 400),
        ("/products", {}, 404),
    ):
        assert (check_request("GET", path, query) or (0,))[0] == status


def test_an_answer_that_is_not_described_does_not_leave_the_server() -> None:
    path, good = "/products/search/keywords=x/standard.json", product(1, "Bearing")
    check_answer("GET", path, 200, "application/json", json.dumps({"product": [good]}).encode())
    for bad in (good | {"puid": "one"}, good | {"entryDate": "yesterday"}, {"puid": 1}):
        with pytest.raises(NotDescribed):
            check_answer("GET", path, 200, "application/json", json.dumps({"product": [bad]}).encode())
    with pytest.raises(NotDescribed, match="404 is not described"):
        check_answer("GET", path, 404, "", b"")
