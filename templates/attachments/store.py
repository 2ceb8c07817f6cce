"""Attachments on this machine's disk: announced, uploaded, read, deleted.

The store's records are the truth about what exists; a file without a record is garbage. So each
deletion removes the record first, then the bytes, then the label, and the sweep finishes what a
crash left half done.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Collection
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from anyio import to_thread
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ImageAttachment,
)

from ..assistant.page import PageState, request_context
from ..config import settings
from ..context import RequestContext
from .budget import declared_size
from .errors import AttachmentRefused
from .files import Files, Label, folder_name
from .kinds import IMAGES, ContentCheck, accepted_type, display_name
from .links import UploadLinks, expired, upload_links

logger = logging.getLogger(__name__)


class DiskAttachmentStore(AttachmentStore[RequestContext]):
    """Take files in two phases: a record with a signed link, then the bytes to that link."""

    def __init__(
        self,
        store: Store[RequestContext],
        *,
        files: Files | None = None,
        links: UploadLinks | None = None,
        max_bytes: int = settings.max_attachment_bytes,
        mime_types: Collection[str] = tuple(settings.attachment_mime_types),
    ) -> None:
        """Keep records in `store` and bytes in `files` (default: those of the settings)."""
        self.store = store
        self.files = files or Files(settings.attachments_dir)
        self._links = links or upload_links()
        self._max_bytes = max_bytes
        self._mime_types = mime_types

    def generate_attachment_id(self, mime_type: str, context: RequestContext) -> str:
        """Return a new id with 122 random bits; the SDK's own have 32 and collide."""
        return f"atc_{uuid4().hex}"

    async def create_attachment(
        self, input: AttachmentCreateParams, context: RequestContext
    ) -> Attachment:
        """Return the record of a file to come, with the link to upload it to.

        Raise AttachmentRefused for a size or a type that is not accepted.
        """
        name = display_name(input.name)
        mime_type = accepted_type(input.mime_type, name, self._mime_types)
        if input.size < 1:
            raise AttachmentRefused(400, "empty_file", "The file is empty")
        if input.size > self._max_bytes:
            limit = f"{self._max_bytes / 1_048_576:.3g} MB"
            raise AttachmentRefused(413, "file_too_large", f"Files may have {limit} at most")
        owner = _owner(context)
        attachment_id = self.generate_attachment_id(mime_type, context)
        # Before the SDK saves the record: a record without a label would never be swept.
        await self.files.put_label(Label(owner, attachment_id, time.time() + self._links.ttl))
        url = self._links.upload_url(attachment_id, folder_name(owner))
        fields: dict[str, Any] = {
            "id": attachment_id,
            "name": name,
            "mime_type": mime_type,
            "metadata": {"size": input.size},
            "upload_descriptor": AttachmentUploadDescriptor(
                url=url, method="PUT", headers={"Content-Type": mime_type}
            ),
        }
        if mime_type in IMAGES:
            return ImageAttachment(**fields, preview_url=self._links.file_url(attachment_id))
        return FileAttachment(**fields)

    async def upload(
        self,
        attachment_id: str,
        token: str,
        chunks: AsyncIterable[bytes],
        announced: int | None,
    ) -> None:
        """Take the file's bytes in; `announced` is how many the client says it will send.

        Raise AttachmentRefused when the link, the size or the content is wrong, when the file has
        been uploaded already, when it has not arrived before the link expires, or when the disk
        does not take it.
        """
        folder, seconds_left = self._links.opened(token, attachment_id)
        label = await self.files.label(folder, attachment_id)
        if label is None:
            raise _gone()
        context = request_context(label.owner, attachment_id, PageState())
        try:
            async with asyncio.timeout(seconds_left):
                await self._receive(label, context, chunks, announced)
        except TimeoutError:
            raise expired() from None
        except NotFoundError:
            raise _gone() from None
        except OSError:
            logger.exception("Attachment %s cannot be kept", attachment_id)
            message = "The file cannot be kept right now; try again later"
            raise AttachmentRefused(503, "storage_unavailable", message) from None

    async def _receive(
        self,
        label: Label,
        context: RequestContext,
        chunks: AsyncIterable[bytes],
        announced: int | None,
    ) -> None:
        """Write and check the bytes, make them the attachment's file, complete the record."""
        attachment = await self._awaited(label.attachment_id, context)
        size = min(declared_size(attachment), self._max_bytes)
        if announced is not None and announced > size:
            raise _more_than_announced()
        check, received = ContentCheck(attachment.mime_type), 0
        async with self.files.incoming(label) as incoming:
            async for chunk in chunks:
                received += len(chunk)
                if received > size:
                    raise _more_than_announced()
                check.feed(chunk)
                await incoming.write(chunk)
            if received < size:
                raise AttachmentRefused(400, "file_cut_short", "The file did not arrive whole")
            await incoming.finish()
            await to_thread.run_sync(check.finish, incoming.part)
            # Its record, or a thread may have been given to it, since the upload began.
            attachment = await self._awaited(label.attachment_id, context)
            first = await incoming.publish()
        # Also when another upload was first: its process may have died right here.
        complete = attachment.model_copy(update={"upload_descriptor": None})
        await self.store.save_attachment(complete, context)
        if await self.files.label(folder_name(label.owner), label.attachment_id) is None:
            # Deleted meanwhile. The record saved above must not outlive it.
            await self.delete_attachment(label.attachment_id, context)
            raise _gone()
        if not first:
            raise _already_uploaded()

    async def uploaded(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment, whose bytes are here.

        Raise NotFoundError when the owner has none, AttachmentRefused when it never came.
        """
        attachment = await self.store.load_attachment(attachment_id, context)
        if attachment.upload_descriptor is not None:
            raise AttachmentRefused(
                409, "not_uploaded", f"{attachment.name} was never uploaded; attach it again"
            )
        return attachment

    def path(self, attachment_id: str, context: RequestContext) -> Path:
        """Return where the bytes of the owner's attachment are, if they are here."""
        return self.files.data(_owner(context), attachment_id)

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment, record and bytes; quiet when there is none."""
        await self.store.delete_attachment(attachment_id, context)
        await self.files.remove(_owner(context), attachment_id)

    async def delete_orphan(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the attachment's bytes if its record is gone."""
        try:
            await self.store.load_attachment(attachment_id, context)
        except NotFoundError:
            await self.files.remove(_owner(context), attachment_id)

    async def _awaited(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the record of a file that has not been uploaded yet."""
        attachment = await self.store.load_attachment(attachment_id, context)
        if attachment.upload_descriptor is None:
            raise _already_uploaded()
        return attachment


def _owner(context: RequestContext) -> str:
    """Return whose files the request may touch; raise PermissionError when it does not say."""
    owner = cast("object", context["user_id"])
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return owner


def _gone() -> AttachmentRefused:
    """Return the answer to an upload that nobody waits for any more."""
    return AttachmentRefused(404, "attachment_not_found", "The attachment does not exist")


def _more_than_announced() -> AttachmentRefused:
    """Return the answer to an upload of more bytes than the record has room for."""
    return AttachmentRefused(413, "file_too_large", "The file is larger than was announced")


def _already_uploaded() -> AttachmentRefused:
    """Return the answer to a second upload."""
    return AttachmentRefused(409, "already_uploaded", "The file has been uploaded already")
