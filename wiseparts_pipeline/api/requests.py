"""What is done with every request and its response: an id, an address that keeps `%2F`, headers for browsers."""

from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_KEY = "wiseparts.request_id"
# Nothing of an answer is to be taken for a page, or shown within another one.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # The pages of the documentation have a script and styles in them.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
}


def request_id_of(scope: Scope) -> str:
    """By which a request is found in the log and in `ops.lookups`."""
    return str(scope[_KEY])


class EveryRequest:
    """Around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope[_KEY] = request_id
        # As it was sent: a key with a slash in it, sent as %2F, is one part of the address. Who takes it decodes it.
        scope["path"] = scope["raw_path"].decode("latin-1")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({HEADER: request_id, **_HEADERS})
            await send(message)

        await self.app(scope, receive, send_with_headers)
