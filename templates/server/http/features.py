"""`GET /features`: what the page may offer besides talking."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

# {% if attachments %}
from ..config import settings

# {% endif %}
router = APIRouter()


@router.get("/features")
async def features() -> JSONResponse:
    """Say which optional parts this server has; an absent key is an absent part."""
    offered: dict[str, Any] = {}
    # {% if attachments %}
    offered["attachments"] = {
        "max_bytes": settings.max_attachment_bytes,
        "mime_types": sorted(settings.attachment_mime_types),
    }
    # {% endif %}
    return JSONResponse(offered)
