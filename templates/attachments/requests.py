"""What attachments have to do with ChatKit's requests: messages need files, threads have them."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from chatkit.store import AttachmentStore
from chatkit.types import (
    ChatKitReq,
    ThreadCreateParams,
    ThreadsAddUserMessageReq,
    ThreadsCreateReq,
    ThreadsDeleteReq,
    UserMessageItem,
)
from pydantic import TypeAdapter

from ..context import RequestContext
from .errors import AttachmentRefused
from .store import DiskAttachmentStore

logger = logging.getLogger(__name__)

_REQUEST: Final[TypeAdapter[ChatKitReq]] = TypeAdapter(ChatKitReq)
_PAGE: Final = 100
# Files of one message; each costs a look-up.
_MOST: Final = 20


@asynccontextmanager
async def in_step(
    attachments: AttachmentStore[RequestContext] | None,
    body: str | bytes | bytearray,
    context: RequestContext,
) -> AsyncGenerator[None, None]:
    """Keep attachments on disk in step with the request that the block processes.

    Before a message: raise NotFoundError for attachments that the owner does not have,
    AttachmentRefused for too many of them, for those that were never uploaded and for those of
    another thread. After a thread's deletion: delete its files; should the process die before
    that, the sweep does it.
    """
    if not isinstance(attachments, DiskAttachmentStore):
        yield
        return
    match _REQUEST.validate_json(body):
        case ThreadsCreateReq(params=params) | ThreadsAddUserMessageReq(params=params):
            if len(params.input.attachments) > _MOST:
                message = f"A message may have {_MOST} files at most"
                raise AttachmentRefused(422, "too_many_attachments", message)
            thread_id = None if isinstance(params, ThreadCreateParams) else params.thread_id
            for attachment_id in params.input.attachments:
                attachment = await attachments.uploaded(attachment_id, context)
                # It goes with the thread it was sent in first: no other one may show it.
                if attachment.thread_id not in (None, thread_id):
                    message = f"{attachment.name} is in another conversation; attach it again"
                    raise AttachmentRefused(409, "attachment_in_use", message)
            yield
        case ThreadsDeleteReq(params=params):
            sent = await _sent_in(attachments, params.thread_id, context)
            yield
            await _delete_files(attachments, sent, context)
        case _:
            yield


async def _sent_in(
    attachments: DiskAttachmentStore, thread_id: str, context: RequestContext
) -> list[str]:
    """Return the ids of all attachments in the thread's messages."""
    ids: list[str] = []
    after: str | None = None
    while True:
        page = await attachments.store.load_thread_items(thread_id, after, _PAGE, "asc", context)
        for item in page.data:
            if isinstance(item, UserMessageItem):
                ids += [attachment.id for attachment in item.attachments]
        if not page.has_more:
            return ids
        after = page.after


async def _delete_files(
    attachments: DiskAttachmentStore, ids: list[str], context: RequestContext
) -> None:
    """Delete the files whose records went with the thread; what fails is left to the sweep."""
    for attachment_id in ids:
        try:
            await attachments.delete_orphan(attachment_id, context)
        except Exception:
            # The thread is gone, and the user is told so.
            logger.exception("A file of a deleted thread is left to the sweep")
