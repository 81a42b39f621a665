"""What a browser may load: nothing but what this server sends."""

from functools import cache

from dash import Dash
from flask import Flask, Response, request

# Components write styles into elements.
_POLICY = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
# Where Dash serves scripts, styles and fonts.
_FILES = "/_dash-component-suites/"


def protect(server: Flask, app: Dash) -> None:
    """Sets headers that keep a browser from loading or sending anything elsewhere; scripts are only those of Dash."""

    @cache
    def policy() -> str:
        # Dash has all of its scripts once it has begun to answer the first request.
        return "; ".join((*_POLICY, f"script-src 'self' {' '.join(app.csp_hashes())}"))

    @server.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        # A browser may keep files, and asks whether they have changed where Dash does not say how long; nobody else is
        # to keep a page or an export.
        is_file = request.path.startswith(_FILES)
        response.headers.setdefault("Cache-Control", "no-cache" if is_file else "no-store")
        return response
