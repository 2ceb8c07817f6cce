"""A cookery assistant in a Django project. The answer is written by the OpenAI client itself."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from chatkit import types as ck
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from chatkit.models import ThreadStatus  # CKF103
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http import StreamingHttpResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

logger = logging.getLogger(__name__)

GREETING = "Hello! What is in your fridge today?"


class Cook(BaseModel):
    username: str


def is_open(status: ThreadStatus) -> bool:
    return status.type == "active"


class KitchenServer(ChatKitServer[Cook]):
    def __init__(self, store: Store[Cook], client: AsyncOpenAI) -> None:
        super().__init__(store)
        self.client = client

    def _messages(self, items: list[ThreadItem]) -> list[Any]:
        messages: list[Any] = [{"role": "system", "content": settings.KITCHEN_PROMPT}]
        for item in items:
            if isinstance(item, UserMessageItem):
                parts = [{"type": "text", "text": part.text} for part in item.content]
                messages.append({"role": "user", "content": parts})
            elif isinstance(item, AssistantMessageItem):
                text = "".join(part.text for part in item.content)
                messages.append({"role": "assistant", "content": text})
        return messages

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Cook,
    ) -> AsyncIterator[ThreadStreamEvent]:
        if not is_open(thread.status):
            return
        history = await self.store.load_thread_items(thread.id, None, 20, "asc", context)  # CKF302
        stream = await self.client.chat.completions.create(
            model=settings.KITCHEN_MODEL,
            messages=self._messages(history.data),
            stream=True,
        )
        item = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[],
        )
        yield ThreadItemAddedEvent(item=item)
        text = ""
        async for chunk in stream:
            delta = chunk.choices[0].delta.content if chunk.choices else None
            if delta:
                text += delta
                yield AssistantMessageContentPartTextDelta(content_index=0, delta=delta)  # CKF311
        done = AssistantMessageContentPartDone(content_index=0, content=AssistantMessageContent(text=text))
        yield ck.ThreadItemUpdated(item_id=item.id, update=done)  # CKF117
        content = [AssistantMessageContent(text=text)]
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": content}))

    async def greet(self, thread: ThreadMetadata, context: Cook) -> None:
        """The first message of a new conversation."""
        hello = AssistantMessageContent(type="text", text=GREETING)  # CKF107
        item = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[hello],
        )
        await self.store.add_thread_item(thread.id, item, context)

    async def note(self, thread: ThreadMetadata, text: str, context: Cook) -> None:
        """Something the cook has said elsewhere, such as an allergy in the profile."""
        content = UserMessageTextContent(text=text)
        item_id = self.store.generate_item_id("message", thread, context)
        item = UserMessageItem(id=item_id, thread_id=thread.id, created_at=datetime.now(), content=[content])  # CKF106
        await self.store.add_thread_item(thread.id, item, context)

    async def last_words(self, thread_id: str, context: Cook) -> str:
        """What was said last, for the notification mail."""
        page = await self.store.load_thread_items(thread_id, None, 1, "desc", context)
        if not page.data:
            return ""
        return page.data[0].content[0].text  # CKF110


def build_view(server: KitchenServer) -> Any:
    @login_required
    async def chatkit(request: HttpRequest) -> HttpResponseBase:
        user = await request.auser()
        try:
            result = await server.process(request.body, Cook(username=user.get_username()))
        except NotFoundError:
            return JsonResponse({"error": "not found"}, status=404)
        except Exception as error:
            logger.exception("chatkit request failed")
            return JsonResponse({"error": str(error)}, status=500)  # CKF312
        if isinstance(result, StreamingResult):
            return StreamingHttpResponse(result, content_type="text/event-stream")  # CKF307
        return HttpResponse(result.json, content_type="application/json")

    return chatkit
