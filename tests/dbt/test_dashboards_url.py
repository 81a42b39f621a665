"""Where the dashboards are, for links to them."""

import pytest

from wiseparts_pipeline.dbt.dashboards_url import VARIABLE, dashboards_url
from wiseparts_pipeline.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "http://127.0.0.1:8050"),
        ("https://dashboards.example.com/", "https://dashboards.example.com"),
        ("http://[::1]:8050", "http://[::1]:8050"),
    ],
)
def test_the_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch, given: str | None, url: str) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if given:
        monkeypatch.setenv(VARIABLE, given)

    assert dashboards_url() == url


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "dashboards.example.com",
        "https://",
        "ftp://example.com",
        "http://a:b",
        "http://[::1",
        "http://a b",
        "http://a?b",
    ],
)
def test_what_is_no_address_is_refused_with_what_to_write(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(VARIABLE, given)

    with pytest.raises(ConfigurationError, match="write it like https://"):
        dashboards_url()
