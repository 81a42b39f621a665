"""Who may look: whom a reverse proxy names in a header, at the pages that the user's groups may see."""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from flask import Flask, abort, has_request_context, request

from wiseparts_pipeline.errors import ConfigurationError

LOG = logging.getLogger("wiseparts.dashboards.access")
USER_HEADER = "WISEPARTS_DASHBOARDS_USER_HEADER"
GROUPS_HEADER = "WISEPARTS_DASHBOARDS_GROUPS_HEADER"
PAGES_FILE = "WISEPARTS_DASHBOARDS_PAGES"
# Says nothing but that the server runs.
HEALTH = "/health"
# Of a name and of what is chosen, in the log.
MOST_LETTERS = 300
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
# The group of everybody who has logged in.
EVERYBODY = "*"


@dataclass(frozen=True)
class Access:
    """`user_header`: empty if the server is reached from this machine only, and everything may be seen.

    `pages`: by group, the pages that its members may see; empty if everybody may see all.
    """

    user_header: str = ""
    groups_header: str = ""
    pages: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def configured(cls) -> "Access":
        """As the environment has it. Raises ConfigurationError."""
        file = os.environ.get(PAGES_FILE)
        return cls(
            os.environ.get(USER_HEADER, ""),
            os.environ.get(GROUPS_HEADER, ""),
            read_pages(Path(file)) if file else {},
        )

    def user(self) -> str:
        """Whom the proxy has let in; empty without one."""
        return request.headers.get(self.user_header, "") if self.user_header else ""

    def may_see(self, page: str) -> bool:
        if not (self.pages and self.user_header and has_request_context()):
            return True
        given = request.headers.get(self.groups_header, "") if self.groups_header else ""
        groups = {group.strip() for group in given.split(",")} | {EVERYBODY}
        return any(page in pages for group, pages in self.pages.items() if group in groups)

    def hidden(self, pages: Iterable[str]) -> list[str]:
        """Those of these pages that the user may not see."""
        return [page for page in pages if not self.may_see(page)]

    def protect(self, server: Flask) -> None:
        """Refuse requests that no proxy has let in; without a proxy, those that another site makes in its own name."""
        if not self.user_header:
            server.config["TRUSTED_HOSTS"] = list(_THIS_MACHINE)

        @server.before_request
        def refuse() -> None:
            if self.user_header and not self.user() and request.path != HEALTH:
                abort(401, "Log in first: only the reverse proxy may ask this server.")

    def note(self, page: str, chosen: str) -> None:
        """Log who looks at what, or tries to; `chosen`: on the page, as the query of an address."""
        verb = "looks at" if self.may_see(page.partition("/")[0]) else "may not see"
        user = "".join(letter if letter.isprintable() else "?" for letter in self.user()[:MOST_LETTERS])
        LOG.info("%s %s %s?%s", user or "Somebody on this machine", verb, page, chosen[:MOST_LETTERS])


def read_pages(path: Path) -> dict[str, frozenset[str]]:
    """Of a file such as `sales_managers: [sales, customer]`. Raises ConfigurationError."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{PAGES_FILE}: {path} cannot be read: {error}") from None
    if not found or not isinstance(found, dict) or not all(isinstance(pages, list) for pages in found.values()):
        raise ConfigurationError(f"{PAGES_FILE}: {path} must have lists of pages by group, such as 'sales: [sales]'.")
    return {str(group): frozenset(str(page) for page in pages) for group, pages in found.items()}
