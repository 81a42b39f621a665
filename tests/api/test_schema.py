"""Requests that schemathesis makes of docs/openapi.json: each is answered as it says, with and without a key."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings

from tests.api.running import Running
from wiseparts_pipeline.home import PROJECT

SCHEMA = schemathesis.openapi.from_path(PROJECT / "docs" / "openapi.json")
bounded = settings(max_examples=10, suppress_health_check=list(HealthCheck))


def _answered(service: Running, case: schemathesis.Case[Any], key: str) -> int:
    """The status of the answer, which is as described."""
    return case.call_and_validate(service.url, headers={"Authorization": f"Bearer {key}"}).status_code


@SCHEMA.parametrize()
@bounded
def test_with_a_key_every_answer_is_as_described(shared_service: Running, case: schemathesis.Case[Any]) -> None:
    assert _answered(shared_service, case, shared_service.key) < 500


@SCHEMA.parametrize()
@bounded
def test_without_a_key_every_answer_is_as_described(shared_service: Running, case: schemathesis.Case[Any]) -> None:
    needs_none = case.path in ("/healthz", "/readyz")
    assert _answered(shared_service, case, "wrong") in ((200, 405) if needs_none else (401, 405))
