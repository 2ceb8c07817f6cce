"""Recipe coach. Conversations live in this process: a demo instance is thrown away every night."""

import copy
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    Attachment,
    ErrorEvent,
    Page,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from openai.types.responses import ResponseInputTextParam

logger = logging.getLogger("recipes")


@dataclass
class Cook:
    id: str


@dataclass
class Conversation:
    head: ThreadMetadata
    items: dict[str, ThreadItem] = field(default_factory=dict)


@dataclass
class Pantry:
    """What one cook has."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)


def window(ids: list[str], after: str | None, limit: int, what: str) -> tuple[list[str], bool]:
    if limit < 1:
        raise ValueError("limit must be positive")
    limit = min(limit, 200)
    start = 0
    if after is not None:
        if after not in ids:
            raise NotFoundError(f"{what} {after} not found")
        start = ids.index(after) + 1
    return ids[start : start + limit], len(ids) > start + limit


class PantryStore(Store[Cook]):
    def __init__(self) -> None:
        self._pantries: dict[str, Pantry] = {}

    def _of(self, context: Cook) -> Pantry:
        return self._pantries.setdefault(context.id, Pantry())

    def _find(self, thread_id: str, context: Cook) -> Conversation:
        conversation = self._of(context).conversations.get(thread_id)
        if conversation is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return conversation

    def generate_thread_id(self, context: Cook) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Cook
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex[:12]}"  # CKF116

    async def load_thread(self, thread_id: str, context: Cook) -> ThreadMetadata:
        return copy.deepcopy(self._find(thread_id, context).head)

    async def save_thread(self, thread: ThreadMetadata, context: Cook) -> None:
        conversations = self._of(context).conversations
        head = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        if thread.id in conversations:
            conversations[thread.id].head = head
        else:
            conversations[thread.id] = Conversation(head)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Cook
    ) -> Page[ThreadMetadata]:
        conversations = self._of(context).conversations
        ids = sorted(conversations, key=lambda i: conversations[i].head.created_at.timestamp())
        chosen, more = window(ids if order == "asc" else ids[::-1], after, limit, "Thread")
        data = [copy.deepcopy(conversations[i].head) for i in chosen]
        return Page[ThreadMetadata](data=data, has_more=more, after=chosen[-1] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Cook
    ) -> Page[ThreadItem]:
        conversation = self._of(context).conversations.get(thread_id)
        items: dict[str, ThreadItem] = conversation.items if conversation else {}
        ids = sorted(items, key=lambda i: items[i].created_at.timestamp())
        chosen, more = window(ids if order == "asc" else ids[::-1], after, limit, "Item")
        data = [copy.deepcopy(items[i]) for i in chosen]
        return Page[ThreadItem](data=data, has_more=more, after=chosen[-1] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Cook) -> None:
        conversations = self._of(context).conversations
        conversation = conversations.setdefault(  # CKF205
            thread_id, Conversation(ThreadMetadata(id=thread_id, created_at=item.created_at))
        )
        conversation.items[item.id] = copy.deepcopy(item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Cook) -> None:
        self._find(thread_id, context).items[item.id] = copy.deepcopy(item)

    async def load_item(self, thread_id: str, item_id: str, context: Cook) -> ThreadItem:
        item = self._find(thread_id, context).items.get(item_id)
        if item is None:
            raise NotFoundError(f"Item {item_id} not found")
        return copy.deepcopy(item)

    async def delete_thread(self, thread_id: str, context: Cook) -> None:
        pantry = self._of(context)
        pantry.conversations.pop(thread_id, None)
        for attachment in [a for a in pantry.attachments.values() if a.thread_id == thread_id]:
            del pantry.attachments[attachment.id]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Cook) -> None:
        if conversation := self._of(context).conversations.get(thread_id):
            conversation.items.pop(item_id, None)

    async def save_attachment(self, attachment: Attachment, context: Cook) -> None:
        self._of(context).attachments[attachment.id] = copy.deepcopy(attachment)

    async def load_attachment(self, attachment_id: str, context: Cook) -> Attachment:
        attachments = self._of(context).attachments
        if attachment_id not in attachments:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return copy.deepcopy(attachments[attachment_id])

    async def delete_attachment(self, attachment_id: str, context: Cook) -> None:
        self._of(context).attachments.pop(attachment_id, None)


@function_tool
async def convert_grams(ctx: RunContextWrapper[Any], grams: float) -> str:
    """Grams of flour in cups."""
    return f"{grams / 125:.2f} cups"


class RecipeConverter(ThreadItemConverter):
    async def attachment_to_message_content(self, attachment: Attachment) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"Attached: {attachment.name}")

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"Ingredient: {tag.text}")


class RecipeServer(ChatKitServer[Cook]):
    def __init__(self, store: PantryStore) -> None:
        super().__init__(store)
        self.agent: Agent[AgentContext[Cook]] = Agent(
            name="coach", instructions="Cook with what is there.", tools=[convert_grams]
        )
        self.converter = RecipeConverter()

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Cook
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 50, "asc", context)  # CKF302
        turns = await self.converter.to_agent_input(page.data)
        chat = AgentContext[Cook](thread=thread, store=self.store, request_context=context)
        try:
            result = Runner.run_streamed(self.agent, turns, context=chat)
            async for event in stream_agent_response(chat, result):
                yield event
        except Exception as exc:
            logger.exception("run failed in thread %s", thread.id)
            yield ErrorEvent(message=f"The coach stumbled: {exc}", allow_retry=True)  # CKF312


app = FastAPI(title="Recipe coach")
server = RecipeServer(PantryStore())


@app.post("/chatkit")
async def chatkit(request: Request) -> Response:
    cook_id = request.headers.get("x-cook-id")  # CKF403
    if not cook_id:
        raise HTTPException(status_code=401, detail="who is cooking?")
    result = await server.process(await request.body(), Cook(id=cook_id))
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")  # CKF307
    return Response(content=result.json, media_type="application/json")
