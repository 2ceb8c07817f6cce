"""The sweep: delete files without a record, and records whose file never came.

Regular deletions do not need it. It is there for processes that died half-way, for links that
nobody used, and for files that were uploaded but never sent.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

from chatkit.store import NotFoundError, Store

from ..assistant.page import PageState, request_context
from ..config import settings
from ..context import RequestContext
from .files import Label
from .store import DiskAttachmentStore

logger = logging.getLogger(__name__)

# Seconds beyond a link's expiry, for clocks that differ and uploads that are just being completed.
_MARGIN: Final = 300


@asynccontextmanager
async def sweeping(
    attachments: DiskAttachmentStore, every: float = settings.attachment_sweep_interval
) -> AsyncGenerator[None, None]:
    """Sweep now and then every so many seconds, until the block ends."""
    task = asyncio.create_task(_sweep_for_ever(attachments, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_for_ever(attachments: DiskAttachmentStore, every: float) -> None:
    """Sweep again and again; what fails is logged and tried again the next time."""
    while True:
        try:
            await sweep(attachments)
        except Exception:
            logger.exception("The sweep of attachments failed")
        await asyncio.sleep(every)


async def sweep(
    attachments: DiskAttachmentStore, unsent_ttl: int = settings.attachment_unsent_ttl
) -> int:
    """Look once at every attachment whose link has expired; return how many were deleted.

    Only the store's own "not found" counts as gone: when it cannot answer, nothing is deleted.
    """
    before = time.time() - _MARGIN
    await attachments.files.remove_parts(before - settings.attachment_url_ttl)
    deleted = 0
    for label in await attachments.files.labels():
        if label.expires_at < before:
            unsent = label.expires_at < before - unsent_ttl
            deleted += await _settle(attachments, label, unsent)
    if deleted:
        logger.info("Swept %d attachments", deleted)
    return deleted


async def _settle(attachments: DiskAttachmentStore, label: Label, unsent: bool) -> bool:
    """Delete the attachment unless it is wanted; say whether it was deleted."""
    context = request_context(label.owner, "sweep", PageState())
    if await _is_wanted(attachments.store, label.attachment_id, context, unsent):
        return False
    await attachments.delete_attachment(label.attachment_id, context)
    return True


async def _is_wanted(
    store: Store[RequestContext], attachment_id: str, context: RequestContext, unsent: bool
) -> bool:
    """Say whether a thread has the attachment, or still may: `unsent` ones have had their time."""
    try:
        attachment = await store.load_attachment(attachment_id, context)
        if attachment.thread_id is None:
            return attachment.upload_descriptor is None and not unsent
        await store.load_thread(attachment.thread_id, context)
    except NotFoundError:
        return False
    return True
