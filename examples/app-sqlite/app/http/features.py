"""`GET /features`: what the page may offer besides talking."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

router = APIRouter()


@router.get("/features")
async def features() -> JSONResponse:
    """Say which optional parts this server has; an absent key is an absent part."""
    offered: dict[str, Any] = {}
    return JSONResponse(offered)
