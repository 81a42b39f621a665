"""What every request to `/v1` and `/metrics` needs: who asks, and the service that answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from wiseparts_pipeline.api.access import check_scope
from wiseparts_pipeline.api.answered import respond
from wiseparts_pipeline.api.keys import ApiKey, Scope
from wiseparts_pipeline.api.problems import RefusedRequest
from wiseparts_pipeline.api.requests import refuse_large, request_id_of
from wiseparts_pipeline.api.service import Service
from wiseparts_pipeline.live.lookups import Answered
from wiseparts_pipeline.live.questions import Question

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `wiseparts api-key create`.")
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def service_of(request: Request) -> Service:
    """The one that the application was made with."""
    return cast(Service, request.app.state.service)


@dataclass(frozen=True)
class Asking:
    """A request whose key may ask for this."""

    request: Request
    service: Service
    key: ApiKey

    async def find(self, question: Question, *, fresh: bool) -> Answered:
        """Raises LookupFailure."""
        return await self.service.answer(question, self.key, request_id_of(self.request.scope), fresh=fresh)

    async def answer(self, question: Question, *, fresh: bool) -> Response:
        """The response. Raises LookupFailure."""
        return respond(self.request, await self.find(question, fresh=fresh))


def needs(scope: Scope) -> Callable[..., Awaitable[Asking]]:
    """A dependency that refuses requests without a key for this scope, too large ones, and too many of them."""

    async def asking(request: Request, bearer: _Bearer) -> Asking:
        service = service_of(request)
        if bearer is None:
            raise RefusedRequest("unauthorized", "Send a key: `Authorization: Bearer wp_...`.")
        secret = bearer.credentials
        if service.keys.must_be_read(secret):
            await to_thread.run_sync(service.keys.read, secret)
        key = service.keys.key(secret)
        service.rates.count(key)
        check_scope(key, scope)
        # Also of a request whose body nobody reads.
        refuse_large(request.scope)
        return Asking(request, service, key)

    return asking
