"""Files: two-phase upload into a folder, and a converter that shows them to the model."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, cast

import anyio
from agents import Agent, Runner, TResponseInputItem
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    HiddenContextItem,
    ImageAttachment,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputFileParam,
    ResponseInputImageParam,
    ResponseInputTextParam,
)
from openai.types.responses.response_input_item_param import Message
from pydantic import AnyUrl, TypeAdapter

URL: TypeAdapter[AnyUrl] = TypeAdapter(AnyUrl)
MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Visitor:
    user_id: str


class FolderFiles(AttachmentStore[Visitor]):
    """Uploaded bytes, in a folder of their owner's."""

    def __init__(self, root: Path, public_url: str) -> None:
        self.root = root
        self.public_url = public_url.rstrip("/")

    def generate_attachment_id(self, mime_type: str, context: Visitor) -> str:
        return f"atc_{secrets.token_hex(16)}"

    def path(self, attachment_id: str, context: Visitor) -> Path:
        owner = sha256(context.user_id.encode()).hexdigest()
        return self.root / owner / sha256(attachment_id.encode()).hexdigest()

    async def create_attachment(
        self, input: AttachmentCreateParams, context: Visitor
    ) -> Attachment:
        if input.size > MAX_BYTES:
            raise ValueError("files may have up to 20 MB")
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        link = URL.validate_python(f"{self.public_url}/files/{attachment_id}")
        upload = AttachmentUploadDescriptor(url=link, method="PUT")
        if input.mime_type.startswith("image/"):
            return ImageAttachment(
                id=attachment_id,
                name=input.name,
                mime_type=input.mime_type,
                preview_url=link,
                upload_descriptor=upload,
            )
        return FileAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=upload,
        )

    async def delete_attachment(self, attachment_id: str, context: Visitor) -> None:
        path = self.path(attachment_id, context)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def write(self, attachment_id: str, data: bytes, context: Visitor) -> None:
        path = anyio.Path(self.path(attachment_id, context))
        await path.parent.mkdir(parents=True, exist_ok=True)
        await path.write_bytes(data)

    async def read(self, attachment_id: str, context: Visitor) -> bytes:
        return await anyio.Path(self.path(attachment_id, context)).read_bytes()


class Converter(ThreadItemConverter):
    def __init__(self, files: FolderFiles, visitor: Visitor) -> None:
        self._files = files
        self._visitor = visitor

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        data = await self._files.read(attachment.id, self._visitor)
        link = f"data:{attachment.mime_type};base64,{base64.b64encode(data).decode()}"
        if isinstance(attachment, ImageAttachment):
            return ResponseInputImageParam(type="input_image", detail="auto", image_url=link)
        return ResponseInputFileParam(
            type="input_file", file_data=link, filename=attachment.name
        )

    async def tag_to_message_content(
        self, tag: UserMessageTagContent
    ) -> ResponseInputContentParam:
        return ResponseInputTextParam(
            type="input_text", text=f"{tag.text}: {json.dumps(tag.data)}"
        )

    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        content = item.content if isinstance(item.content, str) else json.dumps(item.content)
        return Message(
            type="message",
            role="user",
            content=[{"type": "input_text", "text": f"Not shown to the user: {content}"}],
        )


class FilesServer(ChatKitServer[Visitor]):
    def __init__(self, store: Store[Visitor], files: FolderFiles) -> None:
        super().__init__(store, attachment_store=files)
        self.files = files
        self.agent = Agent[AgentContext[Visitor]](
            name="Reader",
            instructions="Read what the user uploads and answer questions about it.",
            model=os.environ["CHAT_MODEL"],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Visitor,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(
            thread.id, after=None, limit=25, order="desc", context=context
        )
        converter = Converter(self.files, context)
        agent_input = await converter.to_agent_input([*reversed(page.data)])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self.agent, agent_input, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: Visitor
    ) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(5):
            await super().handle_stream_cancelled(thread, pending_items, context)


def visitor(request: Request) -> Visitor:
    user: Any = request.scope.get("user")
    if user is None or not user.is_authenticated:
        raise HTTPException(401)
    return Visitor(user_id=user.identity)


SignedIn = Annotated[Visitor, Depends(visitor)]


def create_app(store: Store[Visitor]) -> FastAPI:
    app = FastAPI()
    files = FolderFiles(Path(os.environ["UPLOADS"]), os.environ["PUBLIC_URL"])
    server = FilesServer(store, files)

    @app.put("/files/{attachment_id}", status_code=204)
    async def upload(attachment_id: str, request: Request, who: SignedIn) -> None:
        try:
            attachment = await store.load_attachment(attachment_id, context=who)
        except NotFoundError:
            raise HTTPException(404) from None
        data = await request.body()
        if len(data) > MAX_BYTES:
            raise HTTPException(413)
        await files.write(attachment_id, data, who)
        done = attachment.model_copy(update={"upload_descriptor": None})
        await store.save_attachment(cast(Attachment, done), context=who)

    @app.post("/chatkit")
    async def chatkit(request: Request, who: SignedIn) -> Response:
        try:
            result = await server.process(await request.body(), context=who)
            if isinstance(result, StreamingResult):
                stream = aiter(result)
                head = await anext(stream)
            else:
                return Response(content=result.json, media_type="application/json")
        except NotFoundError:
            raise HTTPException(404) from None

        async def events() -> AsyncIterator[bytes]:
            yield head
            async for event in stream:
                yield event

        return StreamingResponse(
            events(),
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-cache, no-transform",
                "Connection": "keep-alive",
                "X-Accel-Buffering": "no",
            },
        )

    return app
