"""docs/openapi.json is what the service says of itself."""

from tests.docs.openapi import FILE, openapi_file


def test_the_description_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == openapi_file(), "run python -m tests.docs.openapi"
