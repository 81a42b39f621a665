"""Whether the service is alive, and whether what it needs can be used; what Prometheus reads."""

from typing import Annotated, Literal

import psycopg
from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from wiseparts_pipeline.api.asking import Asking, needs, service_of
from wiseparts_pipeline.api.described import problems
from wiseparts_pipeline.api.service import Service
from wiseparts_pipeline.connections.errors import LoginRefused
from wiseparts_pipeline.connections.logins import raise_if_refused
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.live.circuit import State
from wiseparts_pipeline.warehouse import Connection

router = APIRouter(tags=["Operation"])


class Ready(BaseModel):
    """A connection that look-ups are answered over."""

    connection: str
    circuit: State = Field(description="`open`: it has failed again and again, and is left alone for a while.")
    login: Literal["accepted", "refused"] = Field(description="`refused`: it is not tried again with this password.")


class Readiness(BaseModel):
    """What the service needs. Without the database nothing is answered, without a connection what is stored."""

    ready: bool = Field(description="Whether all of it can be used.")
    database: Literal["reachable", "unreachable"]
    connections: list[Ready]


@router.get("/healthz", summary="Alive", response_class=PlainTextResponse)
async def alive() -> PlainTextResponse:
    """Whether the service runs; asks nothing else."""
    return PlainTextResponse("ok")


@router.get("/readyz", summary="Ready", response_model=Readiness, responses={503: {"model": Readiness}})
async def ready(request: Request) -> Response:
    """Whether the database, the logins and all connections can be used; 503 only without the database.

    A system that is down is so for every process of the service: taken out of a load balancer for it, none would be
    left to give what is stored, or to say why there is no answer.
    """
    found = await to_thread.run_sync(_readiness, service_of(request))
    status = 200 if found.database == "reachable" else 503
    return Response(found.model_dump_json(), status, {"Cache-Control": "no-store"}, "application/json")


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=PlainTextResponse,
    responses=problems("unauthorized", "forbidden", "too_large", "rate_limited", "database_unavailable"),
)
async def metrics(asking: Annotated[Asking, Depends(needs("metrics"))]) -> Response:
    """Requests, look-ups, how long they take, and circuits, in Prometheus's format. Scope `metrics`."""
    return Response(asking.service.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _readiness(service: Service) -> Readiness:
    try:
        with service.warehouse.connect(autocommit=True) as connection:
            connections = _connections(service, connection)
    except (WarehouseError, psycopg.Error):
        return Readiness(ready=False, database="unreachable", connections=_connections(service, None))
    usable = all(each.circuit != "open" and each.login == "accepted" for each in connections)
    return Readiness(ready=usable, database="reachable", connections=connections)


def _connections(service: Service, database: Connection | None) -> list[Ready]:
    """Their states; without the database it is not known which logins were refused."""
    found = []
    for each in service.lookups.connections:
        settings = each.sessions.settings
        login: Literal["accepted", "refused"] = "accepted"
        if database is not None:
            try:
                raise_if_refused(settings, database)
            except LoginRefused:
                login = "refused"
        found.append(Ready(connection=settings.name, circuit=each.circuit, login=login))
    return found
