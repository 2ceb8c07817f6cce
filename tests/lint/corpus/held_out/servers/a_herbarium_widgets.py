"""Plant identification chat: photos in, identification cards out."""

import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import anyio
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.actions import Action
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, NonStreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    ErrorEvent,
    FeedbackKind,
    HiddenContextItem,
    ImageAttachment,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
    WidgetItem,
)
from chatkit.widgets import DynamicWidgetRoot, WidgetTemplate
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from openai import APIError
from openai.types.responses import ResponseInputContentParam, ResponseInputImageParam, ResponseInputTextParam
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware

from herbarium.catalogue import Catalogue, Species
from herbarium.config import load_settings
from herbarium.context import Botanist
from herbarium.storage import HerbariumStore, PhotoBucket

logger = logging.getLogger(__name__)

CARD = WidgetTemplate.from_file("widgets/species_card.widget")
SSE_HEADERS = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
CONTEXT_ITEMS = 60

settings = load_settings()
catalogue = Catalogue(settings.catalogue_path)


def species_card(species: Species, *, saved: bool) -> DynamicWidgetRoot:
    return CARD.build({"id": species.id, "latin": species.latin, "common": species.common, "saved": saved})


@function_tool(description_override="Show the card of a species the photo was identified as.")
async def show_species(ctx: RunContextWrapper[AgentContext[Botanist]], latin_name: str) -> str:
    species = await catalogue.by_latin_name(latin_name)
    if species is None:
        return "That species is not in the catalogue."
    kept = await catalogue.is_saved(species.id, ctx.context.request_context.user_id)
    await ctx.context.stream_widget(species_card(species, saved=kept), copy_text=species.latin)
    return f"The card of {species.latin} is shown."


@function_tool
async def rename_conversation(ctx: RunContextWrapper[AgentContext[Botanist]], title: str) -> str:
    """Give the conversation a title, unless it has one."""
    agent_context = ctx.context
    stored = await agent_context.store.load_thread(agent_context.thread.id, agent_context.request_context)
    agent_context.thread.title = stored.title or title[:60]
    return "done"


class PhotoConverter(ThreadItemConverter):
    def __init__(self, bucket: PhotoBucket, botanist: Botanist) -> None:
        self._bucket = bucket
        self._botanist = botanist

    async def attachment_to_message_content(self, attachment: Attachment) -> ResponseInputContentParam:
        if not isinstance(attachment, ImageAttachment):
            return ResponseInputTextParam(type="input_text", text=f"(attached file {attachment.name}, not readable)")
        content = await self._bucket.read(attachment.id, self._botanist)
        encoded = base64.b64encode(content).decode("ascii")
        return ResponseInputImageParam(
            type="input_image", detail="auto", image_url=f"data:{attachment.mime_type};base64,{encoded}"
        )

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        return ResponseInputTextParam(type="input_text", text=json.dumps({"species": tag.text, **tag.data}))


class HerbariumServer(ChatKitServer[Botanist]):
    def __init__(self, store: Store[Botanist], photos: AttachmentStore[Botanist], bucket: PhotoBucket) -> None:
        super().__init__(store, attachment_store=photos)
        self._bucket = bucket
        self._agent = Agent[AgentContext[Botanist]](
            name="Herbarium",
            model=settings.model,
            instructions="Identify plants from photos and show the card of what you find.",
            tools=[show_species, rename_conversation],
        )

    async def _context_items(self, thread_id: str, botanist: Botanist) -> list[ThreadItem]:
        """The newest CONTEXT_ITEMS items, oldest first, read backwards page by page."""
        collected: list[ThreadItem] = []
        after: str | None = None
        while len(collected) < CONTEXT_ITEMS:
            page = await self.store.load_thread_items(thread_id, after, 20, "desc", botanist)
            collected.extend(page.data)
            if not page.has_more:
                break
            after = page.after
        return collected[:CONTEXT_ITEMS][::-1]

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Botanist
    ) -> AsyncIterator[ThreadStreamEvent]:
        items = await self._context_items(thread.id, context)
        model_input = await PhotoConverter(self._bucket, context).to_agent_input(items)
        agent_context = AgentContext[Botanist](thread=thread, store=self.store, request_context=context)
        try:
            run = Runner.run_streamed(self._agent, model_input, context=agent_context, max_turns=8)
            async for event in stream_agent_response(agent_context, run):
                yield event
        except APIError:
            logger.exception("model failed in thread %s", thread.id)
            yield ErrorEvent(message="The identification service does not answer right now.", allow_retry=True)

    async def action(
        self, thread: ThreadMetadata, action: Action[str, Any], sender: WidgetItem | None, context: Botanist
    ) -> AsyncIterator[ThreadStreamEvent]:
        if action.type != "species.save" or sender is None:
            return
        species = await catalogue.by_id(str(action.payload["id"]))
        if species is None:
            yield ErrorEvent(message="This species has left the catalogue.")
            return
        await catalogue.save_for(context.user_id, species.id)
        replaced = sender.model_copy(update={"widget": species_card(species, saved=True)})
        yield ThreadItemReplacedEvent(item=replaced)
        note = HiddenContextItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=f"The user saved {species.latin} to their collection.",
        )
        yield ThreadItemDoneEvent(item=note)

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Botanist
    ) -> None:
        await self.store.load_thread(thread_id, context)
        await catalogue.record_feedback(context.user_id, item_ids, positive=feedback == "positive")

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: Botanist
    ) -> None:
        with anyio.move_on_after(5, shield=True):
            await super().handle_stream_cancelled(thread, pending_items, context)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with HerbariumStore.open(settings.database_url) as store:
        bucket = PhotoBucket(settings.bucket)
        app.state.chat = HerbariumServer(store, bucket.as_attachment_store(), bucket)
        yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(SessionMiddleware, secret_key=settings.session_secret, https_only=True)


def botanist(request: Request) -> Botanist:
    user_id = request.session.get("user_id")  # set by /login; the cookie is signed
    if not user_id:
        raise HTTPException(401)
    return Botanist(user_id=user_id)


@app.post("/chat")
async def chat(request: Request, who: Annotated[Botanist, Depends(botanist)]) -> Response:
    chat_server: HerbariumServer = request.app.state.chat
    try:
        result = await chat_server.process(await request.body(), context=who)
    except NotFoundError:
        raise HTTPException(404) from None
    if isinstance(result, NonStreamingResult):
        return Response(content=result.json, media_type="application/json")
    return StreamingResponse(result, media_type="text/event-stream", headers=SSE_HEADERS)
