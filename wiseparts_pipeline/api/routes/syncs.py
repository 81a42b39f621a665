"""Pulls that can be asked for: a customer anew, or what one pull brings; and what became of them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from wiseparts_pipeline.api.asking import Asking, needs
from wiseparts_pipeline.api.described import problems
from wiseparts_pipeline.api.problems import Code, RefusedRequest
from wiseparts_pipeline.api.routes.parameters import KeyInPath
from wiseparts_pipeline.api.syncs import Status, Sync, customer_pull
from wiseparts_pipeline.live.errors import Unknown

router = APIRouter(prefix="/v1", tags=["Syncs"], redirect_slashes=False)

OfSyncs = Annotated[Asking, Depends(needs("sync"))]


class SyncState(BaseModel):
    """A sync: what was asked for, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    sync_id: UUID
    pull: str = Field(description="The pull that runs.")
    status: Status
    requested_at: datetime
    finished_at: datetime | None
    records: int | None = Field(description="How many records came; null until it has ended.")
    created: int | None = Field(description="Rows that were created.")
    updated: int | None = Field(description="Rows that were changed.")
    rejected: int | None = Field(description="Rows that were not loaded; the import log tells why.")
    error: str | None = Field(description="Why it failed.")


def _told(status: int, *codes: Code) -> dict[str, Any]:
    usual: tuple[Code, ...] = (
        "bad_request",
        "unauthorized",
        "forbidden",
        "too_large",
        "rate_limited",
        "internal_error",
    )
    answer = {status: {"model": SyncState, "description": SyncState.__doc__}}
    return {
        "status_code": status,
        "response_model": SyncState,
        "responses": answer | problems(*usual, "database_unavailable", *codes),
    }


@router.post("/customers/{id}/sync", summary="Load a customer anew", **_told(202, "unknown_customer", "not_found"))
async def sync_customer(asking: OfSyncs, id: KeyInPath) -> Response:
    """Loads the customer with branches, contacts, addresses, what is owed and open orders; the marts are built after.

    The same one that is running is joined. Scope `sync`.
    """
    if not asking.key.is_for(id):
        raise Unknown("customer", id)
    pull = customer_pull(asking.service.syncs.configuration)
    if pull is None:
        raise RefusedRequest("not_found", "There is no pull of customers from the system that is asked about them.")
    return await _begin(asking, pull, [id])


@router.post("/pulls/{name}/sync", summary="Run a pull", **_told(202, "not_found"))
async def sync_pull(asking: OfSyncs, name: KeyInPath) -> Response:
    """Takes what has changed since the last pull. Scope `sync`, of a key for all customers."""
    if asking.key.customers is not None:
        raise RefusedRequest("forbidden", "The key is for some customers only; a pull is of all of them.")
    if name not in asking.service.syncs.configuration.pulls:
        raise RefusedRequest("not_found", f"There is no pull {name!r}.")
    return await _begin(asking, name, [])


@router.get("/syncs/{id}", summary="What became of a sync", **_told(200, "not_found"))
async def sync(asking: OfSyncs, id: Annotated[UUID, Path(description="Of the sync, as it was told.")]) -> Response:
    """Whether it is running, done or failed, and what came. Scope `sync`."""
    found = await to_thread.run_sync(asking.service.syncs.get, id)
    if found is None or (asking.key.customers is not None and found.key_id != asking.key.key_id):
        raise RefusedRequest("not_found", "There is no such sync.")
    return _respond(found, 200)


async def _begin(asking: Asking, pull: str, keys: list[str]) -> Response:
    begun = await to_thread.run_sync(asking.service.syncs.begin, pull, keys, asking.key.key_id)
    return _respond(begun, 202)


def _respond(sync: Sync, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == 202:
        headers["Location"] = f"/v1/syncs/{sync.sync_id}"
    content = SyncState.model_validate(sync).model_dump_json()
    return Response(content, status, headers, "application/json")
