"""Whether the process lives, and whether it can answer."""

import asyncio
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ..assistant.page import PageState, request_context
from ..stores.errors import StoreUnavailable
from .running import App, RequestId

router = APIRouter()

# Seconds; whoever asks every few seconds will not wait for a store's own patience.
_PATIENCE: Final = 3.0


@router.get("/healthz")
async def alive() -> JSONResponse:
    """Say that the process answers; a store that is down is no reason to restart it."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(app: App, request_id: RequestId) -> JSONResponse:
    """Say whether requests can be answered: 200, or 503 while the store does not answer."""
    # An owner who has nothing: the answer is empty, and still every part of the store has worked.
    context = request_context("readiness-probe", request_id, PageState())
    try:
        async with asyncio.timeout(_PATIENCE):
            await app.server.store.load_threads(1, None, "desc", context)
    except (StoreUnavailable, TimeoutError):
        return JSONResponse({"status": "unavailable", "store": "down"}, 503)
    return JSONResponse({"status": "ok", "store": "up"})
