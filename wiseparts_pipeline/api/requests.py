"""What is done with every request and its response: an id, an address that keeps `%2F`, a bound, headers."""

from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
MOST_BYTES = 1_000_000
TOO_LARGE = 413
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


def refuse_large(scope: Scope) -> None:
    """Raises HTTPException for a request that says that it has more than MOST_BYTES."""
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and int(announced) > MOST_BYTES:
        raise HTTPException(TOO_LARGE)


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

        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            refuse_large(scope)
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST_BYTES:
                raise HTTPException(TOO_LARGE)
            return message

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({HEADER: request_id, **_HEADERS})
            await send(message)

        await self.app(scope, receive_bounded, send_with_headers)
