"""An art studio's assistant on Starlette: two-phase uploads, tools, a converter."""

import asyncio
import base64
import logging
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agents import Agent, ModelSettings, Runner, RunContextWrapper, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, NonStreamingResult, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ProgressUpdateEvent,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputFileParam,
    ResponseInputTextParam,
)
from pydantic import AnyUrl
from starlette.applications import Starlette
from starlette.authentication import AuthenticationBackend, requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

log = logging.getLogger("studio")

LARGEST_UPLOAD = 20 * 1024 * 1024


@dataclass(frozen=True)
class Artist:
    id: str


class DiskAttachments(AttachmentStore[Artist]):
    """Bytes on disk below a folder for each artist; the records are the store's affair."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder = folder
        self._public_url = public_url.rstrip("/")

    def generate_attachment_id(self, mime_type: str, context: Artist) -> str:
        return f"atc_{uuid.uuid4().hex}"

    def path(self, attachment_id: str, context: Artist) -> Path:
        owner = base64.urlsafe_b64encode(context.id.encode()).decode()
        return self._folder / owner / Path(attachment_id).name

    async def create_attachment(
        self, input: AttachmentCreateParams, context: Artist
    ) -> Attachment:
        if input.size > LARGEST_UPLOAD:
            raise ValueError("this file is too large")
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        return FileAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=AttachmentUploadDescriptor(
                url=AnyUrl(f"{self._public_url}/uploads/{attachment_id}"), method="PUT"
            ),
        )

    async def delete_attachment(self, attachment_id: str, context: Artist) -> None:
        await asyncio.to_thread(self.path(attachment_id, context).unlink, missing_ok=True)

    async def read(self, attachment_id: str, context: Artist) -> bytes:
        return await asyncio.to_thread(self.path(attachment_id, context).read_bytes)

    async def write(self, attachment_id: str, data: bytes, context: Artist) -> None:
        def put() -> None:
            path = self.path(attachment_id, context)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

        await asyncio.to_thread(put)


class StudioConverter(ThreadItemConverter):
    def __init__(self, files: DiskAttachments, artist: Artist) -> None:
        self._files = files
        self._artist = artist

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        data = base64.b64encode(await self._files.read(attachment.id, self._artist)).decode()
        return ResponseInputFileParam(
            type="input_file",
            filename=attachment.name,
            file_data=f"data:{attachment.mime_type};base64,{data}",
        )

    async def tag_to_message_content(
        self, tag: UserMessageTagContent
    ) -> ResponseInputContentParam:
        return ResponseInputTextParam(type="input_text", text=f"{tag.text}: {tag.data}")


@function_tool
async def rename_conversation(ctx: RunContextWrapper[AgentContext[Artist]], title: str) -> str:
    """Give this conversation a better title."""
    studio = ctx.context
    current = await studio.store.load_thread(studio.thread.id, studio.request_context)
    if current.title:
        return "The artist has chosen a title already."
    studio.thread.title = title[:80]
    await studio.stream(ProgressUpdateEvent(text="Renaming"))
    return "done"


@function_tool
async def list_pigments(ctx: RunContextWrapper[Any], hue: str) -> str:
    """Pigments of a hue."""
    shelf = {"blue": ["ultramarine", "cobalt"], "red": ["madder", "vermilion"]}
    return ", ".join(shelf.get(hue.lower(), ["none"]))


class StudioServer(ChatKitServer[Artist]):
    files: DiskAttachments

    def __init__(self, store: Store[Artist], files: DiskAttachments) -> None:
        self.files = files
        super().__init__(store=store, attachment_store=files)

    @cached_property
    def assistant(self) -> Agent[AgentContext[Artist]]:
        return Agent[AgentContext[Artist]](
            name="Studio",
            model=os.environ["STUDIO_MODEL"],
            instructions="Help painters with colour, material and light.",
            model_settings=ModelSettings(parallel_tool_calls=False),
            tools=[rename_conversation, list_pigments],
        )

    async def history(self, thread: ThreadMetadata, context: Artist, most: int) -> list[ThreadItem]:
        items: list[ThreadItem] = []
        after: str | None = None
        while len(items) < most:
            page = await self.store.load_thread_items(thread.id, after, 50, "desc", context)
            items.extend(page.data)
            if not page.has_more:
                break
            after = page.after
        return items[:most][::-1]

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Artist,
    ) -> AsyncIterator[ThreadStreamEvent]:
        converter = StudioConverter(self.files, context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        run = Runner.run_streamed(
            starting_agent=self.assistant,
            input=await converter.to_agent_input(await self.history(thread, context, 80)),
            context=agent_context,
        )
        async for event in stream_agent_response(agent_context, run):
            yield event


def _artist(request: Request) -> Artist:
    return Artist(id=request.user.identity)


class StudioApp:
    def __init__(self, server: StudioServer) -> None:
        self._server = server

    @requires("authenticated")
    async def chatkit(self, request: Request) -> Response:
        match await self._server.process(await request.body(), _artist(request)):
            case StreamingResult() as stream:
                response = StreamingResponse(stream, media_type="text/event-stream")
                response.headers["Cache-Control"] = "no-cache"
                response.headers["Connection"] = "keep-alive"
                response.headers["X-Accel-Buffering"] = "no"
                return response
            case NonStreamingResult(json=body):
                return Response(body, media_type="application/json")

    @requires("authenticated")
    async def upload(self, request: Request) -> Response:
        artist, attachment_id = _artist(request), request.path_params["attachment_id"]
        try:
            attachment = await self._server.store.load_attachment(attachment_id, artist)
        except NotFoundError:
            return JSONResponse({"error": "no such attachment"}, status_code=404)
        await self._server.files.write(attachment.id, await request.body(), artist)
        done = attachment.model_copy(update={"upload_descriptor": None})
        await self._server.store.save_attachment(done, artist)
        log.info("stored %s", attachment.id)
        return Response(status_code=204)

    def routes(self) -> list[Route]:
        return [
            Route("/chatkit", self.chatkit, methods=["POST"]),
            Route("/uploads/{attachment_id}", self.upload, methods=["PUT"]),
        ]


def create_app(store: Store[Artist], backend: AuthenticationBackend) -> Starlette:
    files = DiskAttachments(Path(os.environ["UPLOAD_FOLDER"]), os.environ["PUBLIC_URL"])
    return Starlette(
        routes=StudioApp(StudioServer(store, files)).routes(),
        middleware=[Middleware(AuthenticationMiddleware, backend=backend)],
    )
