"""Two ends of each attachment: bytes come in by a signed link, and only the owner gets them out."""

from typing import Final

from anyio import Path
from chatkit.store import NotFoundError
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.requests import ClientDisconnect

from ..assistant.page import PageState, request_context
from ..http.auth import CurrentUser
from .kinds import IMAGES, is_text
from .store import DiskAttachmentStore

# What users upload is never a page of this site: no guessing at types, no scripts, no copies.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "private, no-store",
}


def attachment_routes(attachments: DiskAttachmentStore) -> APIRouter:
    """Return the routes that fill and read these attachments."""
    router = APIRouter(prefix="/attachments")

    @router.put("/{attachment_id}")
    async def upload(attachment_id: str, request: Request, token: str = "") -> Response:
        """Take the bytes of an announced file; the token is the permission, and no other counts."""
        try:
            await attachments.upload(attachment_id, token, request.stream(), _announced(request))
        except ClientDisconnect:
            # Nobody reads this; what had arrived is deleted already.
            return Response(status_code=400)
        return Response(status_code=204)

    @router.get("/{attachment_id}")
    async def read(attachment_id: str, user_id: CurrentUser) -> Response:
        """Send the owner the file; for anybody else there is none."""
        context = request_context(user_id, attachment_id, PageState())
        try:
            attachment = await attachments.uploaded(attachment_id, context)
        except ValueError:
            # No id that a store could hold.
            raise NotFoundError(f"Attachment {attachment_id[:40]!r} not found") from None
        path = attachments.path(attachment_id, context)
        try:
            there = await Path(path).stat()
        except FileNotFoundError:
            raise NotFoundError(f"Attachment {attachment_id} not found") from None
        charset = "; charset=utf-8" if is_text(attachment.mime_type) else ""
        return FileResponse(
            path,
            stat_result=there,
            headers=_HEADERS,
            media_type=attachment.mime_type + charset,
            filename=attachment.name,
            # Anything but a picture, SVG and HTML above all, is saved and not shown.
            content_disposition_type="inline" if attachment.mime_type in IMAGES else "attachment",
        )

    return router


def _announced(request: Request) -> int | None:
    """Return how many bytes the client says it will send; None when it does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else None
