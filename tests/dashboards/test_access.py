"""Who may look: those whom a reverse proxy has let in, at the pages of their groups."""

import logging
from pathlib import Path

import pytest
from flask import Flask

from wiseparts_pipeline.dashboards.access import Access, read_pages
from wiseparts_pipeline.errors import ConfigurationError

PAGES = {"sales": frozenset({"sales", "customer"}), "*": frozenset({"today"})}


def served(access: Access) -> Flask:
    server = Flask(__name__)
    access.protect(server)

    @server.get("/health")
    def health() -> str:
        return "ok"

    @server.get("/<page>")
    def page(page: str) -> str:
        access.note(page, "customer=C001")
        return "seen" if access.may_see(page) else "hidden"

    return server


def test_with_a_user_header_a_request_without_it_is_refused() -> None:
    client = served(Access("X-Forwarded-User")).test_client()

    assert client.get("/sales").status_code == 401
    assert client.get("/sales", headers={"X-Forwarded-User": ""}).status_code == 401
    assert client.get("/sales", headers={"X-Forwarded-User": "anna"}).text == "seen"
    assert client.get("/health").status_code == 200


def test_without_one_only_this_machine_is_answered() -> None:
    client = served(Access()).test_client()

    assert client.get("/sales", base_url="http://127.0.0.1:8050").text == "seen"
    assert client.get("/sales", base_url="http://attacker.example.com").status_code == 400


@pytest.mark.parametrize(
    ("groups", "page", "seen"),
    [
        ("sales", "sales", "seen"),
        ("accounting, sales", "customer", "seen"),
        ("accounting", "sales", "hidden"),
        ("", "today", "seen"),
        ("*", "sales", "hidden"),
    ],
)
def test_groups_see_their_pages(groups: str, page: str, seen: str) -> None:
    client = served(Access("X-User", "X-Groups", PAGES)).test_client()

    assert client.get(f"/{page}", headers={"X-User": "anna", "X-Groups": groups}).text == seen


def test_the_log_says_who_looked_at_what(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        served(Access("X-User")).test_client().get("/sales", headers={"X-User": "anna"})

    assert "anna looks at sales?customer=C001" in caplog.text


def test_a_file_says_which_group_sees_which_pages(tmp_path: Path) -> None:
    file = tmp_path / "pages.yaml"
    file.write_text("sales: [sales, customer]\n'*': [today]\n")

    assert read_pages(file) == PAGES


@pytest.mark.parametrize("text", ["[sales]", "sales: sales", "sales: ["])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pages.yaml"
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=r"pages\.yaml"):
        read_pages(file)
