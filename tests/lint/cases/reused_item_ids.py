from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
import uuid
from agents import Agent, Runner, OpenAIChatCompletionsModel, OpenAIProvider, RunConfig, set_default_openai_api
from agents.extensions.models.litellm_model import LitellmModel
from agents.extensions.models.litellm_provider import LitellmProvider
from chatkit.agents import AgentContext
from chatkit.types import ThreadItemAddedEvent, ThreadItemDoneEvent, ThreadItemUpdatedEvent, ThreadMetadata, ThreadStreamEvent


class Assistant(ChatKitServer[str], ABC):
    async def first_sight(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            if event.item.id not in ids:  # CKF304
                ids[event.item.id] = context.generate_id("message")
            event.item.id = ids[event.item.id]
            yield event

    async def by_default(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            event.item.id = ids.setdefault(event.item.id, context.generate_id("message"))  # CKF304
            yield event

    async def per_item(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            if event.type == "thread.item.added":
                ids[event.item.id] = context.generate_id("message")
            elif event.type == "thread.item.done" and event.item.id not in ids:
                ids[event.item.id] = context.generate_id("message")
            if event.type == "thread.item.done":
                event.item.id = ids.pop(event.item.id)
            yield event

    def elsewhere(self, ids: dict[str, str], user_id: str) -> str:
        return ids.setdefault(user_id, "x")


RequestContext = dict[str, Any]
LITE = Agent[Any](name="x", model=LitellmModel(model="y"))
RESP = Agent[Any](name="x", model="gpt-5")


class Lite(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx)):  # CKF304
            yield event


class Direct(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in stream_agent_response(ctx, Runner.run_streamed(RESP, "x", context=ctx)):
            yield event


class MappedWell(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        events = stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx))
        async for event in self._with_ids(events, thread, context):
            yield event

    async def _with_ids(self, events: AsyncIterator[ThreadStreamEvent], thread: ThreadMetadata, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ids: dict[str, str] = {}
        async for event in events:
            match event:
                case ThreadItemAddedEvent(item=item):
                    ids[item.id] = self.store.generate_item_id("message", thread, context)
                    item.id = ids[item.id]
                case ThreadItemUpdatedEvent(item_id=old):
                    event.item_id = ids.get(old, old)
                case ThreadItemDoneEvent(item=item):
                    item.id = ids.pop(item.id, None) or self.store.generate_item_id("message", thread, context)
            yield event


class MappedOnce(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        events = stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx))
        async for event in self._with_ids(events, thread, context):
            yield event

    async def _with_ids(self, events: AsyncIterator[ThreadStreamEvent], thread: ThreadMetadata, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ids: dict[str, str] = {}
        async for event in events:
            if isinstance(event, (ThreadItemAddedEvent, ThreadItemDoneEvent)):
                new = ids.setdefault(event.item.id, f"msg_{uuid.uuid4().hex}")  # CKF304
                event = event.model_copy(update={"item": event.item.model_copy(update={"id": new})})
            yield event


class FirstSight(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        seen: dict[str, str] = {}

        def fresh(old: str) -> str:
            if old not in seen:  # CKF304
                seen[old] = f"msg_{uuid.uuid4().hex}"
            return seen[old]

        async for event in stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx)):
            if isinstance(event, (ThreadItemAddedEvent, ThreadItemDoneEvent)):
                event.item.id = fresh(event.item.id)
            elif isinstance(event, ThreadItemUpdatedEvent):
                event.item_id = fresh(event.item_id)
            yield event


class OneForAll(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        one = f"msg_{uuid.uuid4().hex}"
        async for event in stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx)):
            if isinstance(event, (ThreadItemAddedEvent, ThreadItemDoneEvent)):
                event.item.id = one  # CKF304
            elif isinstance(event, ThreadItemUpdatedEvent):
                event.item_id = one
            yield event


class Provided(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        config = RunConfig(model_provider=LitellmProvider())
        run = Runner.run_streamed(RESP, "x", context=ctx, run_config=config)
        async for event in stream_agent_response(ctx, run):  # CKF304
            yield event


class ByName(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        agent = Agent[Any](name="x", model="litellm/anthropic/claude")
        run = Runner.run_streamed(agent, "x", context=ctx)
        async for event in stream_agent_response(ctx, run):  # CKF304
            yield event


class Renamer:
    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def rename(self, event: Any) -> Any:
        if event.type == "thread.item.added":
            self._ids[event.item.id] = f"msg_{uuid.uuid4().hex}"
            event.item.id = self._ids[event.item.id]
        elif event.type == "thread.item.updated":
            event.item_id = self._ids.get(event.item_id, event.item_id)
        elif event.type == "thread.item.done":
            event.item.id = self._ids.pop(event.item.id, f"msg_{uuid.uuid4().hex}")
        return event


class BadRenamer:
    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def new_id(self, old: str) -> str:
        if old not in self._ids:  # CKF304
            self._ids[old] = f"msg_{uuid.uuid4().hex}"
        return self._ids[old]

    def rename(self, event: Any) -> Any:
        if event.type in ("thread.item.added", "thread.item.done"):
            event.item.id = self.new_id(event.item.id)
        return event


class Renames(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        renamer = Renamer()
        async for event in stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx)):
            yield renamer.rename(event)


class RenamesOnce(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        ctx = AgentContext(thread=thread, store=self.store, request_context=context)
        renamer = BadRenamer()
        async for event in stream_agent_response(ctx, Runner.run_streamed(LITE, "x", context=ctx)):
            yield renamer.rename(event)
