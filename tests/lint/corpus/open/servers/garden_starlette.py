"""A garden centre's adviser on Starlette: photographs of sick plants, a card for each plant."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import requests
from agents import Agent, Runner, RunContextWrapper, function_tool
from chatkit import widgets
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
from pydantic import AnyUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

logger = logging.getLogger(__name__)

PLANTS_URL = os.environ["PLANTS_URL"]
SSE = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


@dataclass
class Gardener:
    user_id: str


class PhotoStore(AttachmentStore[Gardener]):
    def __init__(self, uploads_url: str) -> None:
        self.uploads_url = uploads_url

    def generate_attachment_id(self, mime_type: str, context: Gardener) -> str:
        return f"atc_{secrets.token_hex(16)}"

    async def create_attachment(
        self, input: AttachmentCreateParams, context: Gardener
    ) -> Attachment:
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        url = AnyUrl(f"{self.uploads_url}/{context.user_id}/{attachment_id}")
        return FileAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=AttachmentUploadDescriptor(url=url, method="PUT"),
        )

    async def delete_attachment(self, attachment_id: str, context: Gardener) -> None:
        requests.delete(f"{self.uploads_url}/{context.user_id}/{attachment_id}", timeout=10)  # CKF215


class GardenConverter(ThreadItemConverter):  # CKF308
    async def tag_to_message_content(
        self, tag: UserMessageTagContent
    ) -> ResponseInputContentParam:
        return ResponseInputTextParam(type="input_text", text=f"Plant {tag.text} ({tag.id})")


@function_tool
async def show_plant(ctx: RunContextWrapper[AgentContext[Gardener]], name: str) -> str:
    """Show a card about a plant."""
    card = widgets.Card(children=[widgets.Title(value=name), widgets.Text(value="In stock")])  # CKF117
    await ctx.context.stream_widget(card, copy_text=name)
    return f"A card about {name} was shown."


@function_tool
async def plants_of(ctx: RunContextWrapper[Any]) -> str:
    """The plants that this gardener has bought."""
    gardener: Gardener = ctx.context.request_context
    response = requests.get(f"{PLANTS_URL}/owners/{gardener.user_id}", timeout=10)  # CKF215
    return response.text


agent = Agent[AgentContext[Gardener]](
    name="Garden adviser",
    model=os.environ["GARDEN_MODEL"],
    instructions="Say what a plant lacks and what to do about it, in three sentences.",
    tools=[show_plant, plants_of],
)


class GardenServer(ChatKitServer[Gardener]):
    def __init__(self, store: Store[Gardener], photos: PhotoStore) -> None:
        super().__init__(store, photos)
        self.converter = GardenConverter()

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Gardener,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 25, "desc", context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            agent,
            await self.converter.to_agent_input(page.data[::-1]),
            context=agent_context,
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def handle_stream_cancelled(self, thread: ThreadMetadata, context: Gardener) -> None:  # CKF310
        logger.info("stream of %s cancelled by %s", thread.id, context.user_id)


class SeasonalServer(GardenServer):
    """The same adviser, with a note about the season in front."""

    def __init__(self, store: Store[Gardener], season: str) -> None:  # CKF301
        self.season = season
        self.converter = GardenConverter()

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Gardener,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 25, "desc", context)
        history = await self.converter.to_agent_input(page.data[::-1])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        seasonal = agent.clone(instructions=f"It is {self.season}. {agent.instructions}")
        result = Runner.run_streamed(seasonal, history, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


def create_app(store: Store[Gardener]) -> Starlette:
    server = GardenServer(store, PhotoStore(os.environ["UPLOADS_URL"]))

    async def chatkit(request: Request) -> Response:
        if not request.user.is_authenticated:
            return Response(status_code=401)
        result = await server.process(await request.body(), context={})  # CKF309
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream", headers=SSE)
        return Response(result.json, media_type="application/json")

    return Starlette(routes=[Route("/chatkit", chatkit, methods=["POST"])])
