"""The application: addresses, documentation that needs no internet, problems."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiseparts_pipeline.api.described import TITLE, describe
from wiseparts_pipeline.api.problems import handle_problems
from wiseparts_pipeline.api.requests import EveryRequest
from wiseparts_pipeline.api.routes import creating, lookups, operation, syncs
from wiseparts_pipeline.api.service import Service


def create(service: Service) -> FastAPI:
    """The application that answers with this service."""
    app: FastAPI = FastAPIOffline(
        redoc_url=None,
        static_url="/docs/files",
        title=TITLE,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    app.include_router(lookups.router)
    app.include_router(creating.router)
    app.include_router(syncs.router)
    app.include_router(operation.router)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    handle_problems(app)
    app.add_middleware(_Counted, service=service)
    return app


class _Counted:
    """Counts the requests by address and status."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("route")
                address = getattr(route, "path_format", "other")
                self._service.metrics.count_request(address, message["status"])
            await send(message)

        await self._app(scope, receive, send_counted if scope["type"] == "http" else send)


def asgi(service: Service) -> ASGIApp:
    """The same with what is done for every request, for a server."""
    return EveryRequest(create(service))
