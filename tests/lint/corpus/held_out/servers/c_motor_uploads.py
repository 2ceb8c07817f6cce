"""Motor insurance claims assistant with photo and document uploads (two-phase).

1. ChatKit.js asks for an attachment (`attachments.create`); `ClaimFiles.create_attachment` answers
   with an upload URL.
2. The browser PUTs the bytes to `/claims/uploads/{id}`.
3. The message that mentions the attachment is sent.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    ErrorEvent,
    FileAttachment,
    ImageAttachment,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AnyUrl

from motor.auth import Policyholder, current_policyholder

logger = logging.getLogger(__name__)

HISTORY = 30
MAX_BYTES = 15 * 1024 * 1024
SSE_HEADERS = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True)
class ClaimContext:
    """Request context. `policy_no` scopes everything that is stored."""

    policy_no: str = "portal"


class ClaimFiles(AttachmentStore[ClaimContext]):
    """Keeps uploaded bytes in a folder.

    Args:
        folder: Where the files go (a mounted volume).
        public_url: Base URL under which the upload endpoint is reachable from the browser.
    """

    def __init__(self, folder: Path, public_url: str) -> None:
        self.folder = folder
        self.public_url = public_url.rstrip("/")

    def generate_attachment_id(self, mime_type: str, context: ClaimContext) -> str:
        return f"atc_{uuid.uuid4().hex}"

    def path_of(self, attachment_id: str, context: ClaimContext) -> Path:
        """File of an attachment; the owner is part of the name, and no id can leave the folder."""
        name = hashlib.sha256(f"{context.policy_no}\0{attachment_id}".encode()).hexdigest()
        return self.folder / name

    async def create_attachment(
        self, input: AttachmentCreateParams, context: ClaimContext
    ) -> Attachment:
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        url = AnyUrl(f"{self.public_url}/claims/uploads/{attachment_id}")
        descriptor = AttachmentUploadDescriptor(url=url, method="PUT")
        if input.mime_type.startswith("image/"):
            return ImageAttachment(
                id=attachment_id,
                name=input.name,
                mime_type=input.mime_type,
                preview_url=url,
                upload_descriptor=descriptor,
            )
        return FileAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=descriptor,
        )

    async def write(self, attachment_id: str, data: bytes, context: ClaimContext) -> None:
        await asyncio.to_thread(self.path_of(attachment_id, context).write_bytes, data)

    async def delete_attachment(self, attachment_id: str, context: ClaimContext) -> None:
        path = self.path_of(attachment_id, context)
        await asyncio.to_thread(path.unlink, missing_ok=True)


class ClaimsServer(ChatKitServer[ClaimContext]):
    """Answers questions about a claim, looking at the photos that were sent along."""

    def __init__(self, store: Store[ClaimContext], files: ClaimFiles, model: str) -> None:
        super().__init__(store, attachment_store=files)
        self.files = files
        self.agent: Agent[AgentContext[ClaimContext]] = Agent(
            name="Claims assistant",
            model=model,
            instructions="You help people report damage to their car. Be calm and concrete.",
        )

    def _make_title(self, items: list[ThreadItem]) -> str:
        """Use the beginning of the first message as the title."""
        first = items[0]
        return first.content[0].text[:50]  # CKF110

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: ClaimContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        items: list[ThreadItem] = list(reversed(page.data))
        if input_user_message is not None:
            # make sure that the agent sees the new message
            items.append(input_user_message)  # CKF303
        if not thread.title:
            thread.title = self._make_title(items)

        agent_context: AgentContext[ClaimContext] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        try:
            result = Runner.run_streamed(
                self.agent,
                await simple_to_agent_input(items),  # CKF308
                context=agent_context,
            )
            async for event in stream_agent_response(agent_context, result):
                yield event
        except Exception as exc:
            logger.exception("answering in thread %s failed", thread.id)
            yield ErrorEvent(message=f"Something went wrong: {exc}", allow_retry=True)  # CKF312


def build_router(server: ClaimsServer) -> APIRouter:
    """Routes of the claims assistant."""
    router = APIRouter(prefix="/claims")

    @router.post("/chatkit")
    async def chatkit(
        request: Request,
        holder: Annotated[Policyholder, Depends(current_policyholder)],
    ) -> Response:
        logger.info("chatkit request of policy %s", holder.policy_no)
        result = await server.process(await request.body(), ClaimContext())  # CKF309
        if isinstance(result, StreamingResult):
            return StreamingResponse(
                result, media_type="text/event-stream", headers=SSE_HEADERS
            )
        return Response(content=result.json, media_type="application/json")

    @router.put("/uploads/{attachment_id}")
    async def upload(
        attachment_id: str,
        request: Request,
        holder: Annotated[Policyholder, Depends(current_policyholder)],
    ) -> Response:
        """Second phase: take the bytes and mark the attachment as uploaded."""
        context = ClaimContext(policy_no=holder.policy_no)
        try:
            attachment = await server.store.load_attachment(attachment_id, context)
        except NotFoundError:
            raise HTTPException(status_code=404, detail="No such upload") from None
        data = await request.body()
        if len(data) > MAX_BYTES:
            raise HTTPException(status_code=413, detail="The file is too large")
        await server.files.write(attachment_id, data, context)
        await server.store.save_attachment(
            attachment.model_copy(update={"upload_descriptor": None}), context
        )
        return Response(status_code=204)

    return router
