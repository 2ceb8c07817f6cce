from collections.abc import AsyncIterator
from typing import Any

from agents import Runner
from chatkit.agents import stream_widget
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ProgressUpdateEvent,
    ThreadItemDoneEvent,
    ThreadStreamEvent,
)
from abc import ABC
from datetime import datetime
import json
from chatkit.agents import stream_agent_response, AgentContext
from chatkit.types import AssistantMessageContent, AssistantMessageContentPartAdded, AssistantMessageContentPartDone, ThreadItemAddedEvent, ThreadItemUpdatedEvent, ThreadMetadata, WorkflowTaskAdded, WidgetItem, HiddenContextItem
import chatkit.types as ck


class Assistant(ChatKitServer[str]):
    async def respond(
        self, thread: Any, input_user_message: Any, context: str
    ) -> AsyncIterator[Any]:
        yield ProgressUpdateEvent(text="thinking")
        yield AssistantMessageContentPartTextDelta(content_index=0, delta="a")  # CKF311
        message = AssistantMessageItem(
            id="m", thread_id="t", created_at=thread.created_at, content=[]
        )
        yield ThreadItemDoneEvent(item=message)
        yield AssistantMessageItem(**message.model_dump())  # CKF311
        yield {"type": "progress_update", "text": "x"}  # CKF311
        yield "text"  # CKF311
        done = AssistantMessageContentPartTextDelta(content_index=0, delta="b")
        yield done  # CKF311
        async for event in self.more():
            yield event
        async for event in stream_widget(thread, self.frames()):
            yield event
        async for part in self.parts():
            yield ProgressUpdateEvent(text=part)
        event = ProgressUpdateEvent(text="done")
        yield event

    async def more(self) -> AsyncIterator[Any]:
        yield "passed on by respond()"  # CKF311

    async def parts(self) -> AsyncIterator[str]:
        yield "wrapped by respond()"

    async def frames(self) -> AsyncIterator[Any]:
        yield "a"


class Raw(ChatKitServer[str]):
    async def respond(
        self, thread: Any, input_user_message: Any, context: Any
    ) -> AsyncIterator[Any]:
        result = Runner.run_streamed(context, "hi", context=context)
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                yield event.data  # CKF311
            yield event  # CKF311


async def say(thread: Any, text: str) -> AsyncIterator[ThreadStreamEvent]:
    for word in text.split():
        yield AssistantMessageContentPartTextDelta(content_index=0, delta=word)  # CKF311
    yield ThreadItemDoneEvent(item=thread)


RequestContext = dict[str, Any]


class Items(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        item = AssistantMessageItem(id="1", thread_id="2", created_at=datetime.now(), content=[])
        yield item  # CKF311
        for update in self._updates("x"):
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        yield ThreadItemDoneEvent(item=item)

    def _updates(self, text: str) -> Any:
        yield AssistantMessageContentPartTextDelta(content_index=0, delta=text)


class FromHelper(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        async for update in self._updates("x"):
            yield update

    async def _updates(self, text: str) -> AsyncIterator[Any]:
        yield AssistantMessageContentPartTextDelta(content_index=0, delta=text)  # CKF311


class Listed(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        for event in [ProgressUpdateEvent(text="x"), ProgressUpdateEvent(text="y")]:
            yield event
        for update in [AssistantMessageContentPartAdded(content_index=0, content=AssistantMessageContent(text="")), AssistantMessageContentPartTextDelta(content_index=0, delta="x")]:
            yield update  # CKF311


class RawData(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        result = Runner.run_streamed(self.agent, "x", context=context)
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                yield event.data  # CKF311


class Wrapped(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        result = Runner.run_streamed(self.agent, "x", context=context)
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                yield ThreadItemUpdatedEvent(item_id="x", update=AssistantMessageContentPartTextDelta(content_index=0, delta=event.data.delta))


class Streams(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        events = stream_agent_response(context, self.run())
        async for event in events:
            yield event
        async for event in stream_widget(thread, self.card(), generate_id=self.make):
            yield event

    async def action(self, thread: ThreadMetadata, action: Any, sender: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        yield f"data: {json.dumps({})}"  # CKF311


class Made(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        yield self._hidden(thread)  # CKF311
        yield self._event(thread)

    def _hidden(self, thread: ThreadMetadata) -> HiddenContextItem:
        return HiddenContextItem(id="x", thread_id=thread.id, created_at=datetime.now(), content="x")

    def _event(self, thread: ThreadMetadata) -> ThreadStreamEvent:
        return ProgressUpdateEvent(text="x")


class Later(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        update = ck.AssistantMessageContentPartDone(content_index=0, content=AssistantMessageContent(text="x"))
        yield update  # CKF311


class Chunks(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        async for chunk in await self.client.chat.completions.create(model="x", messages=[], stream=True):
            yield chunk  # CKF311


class Told(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        async with self.client.responses.stream(model="x") as stream:
            async for event in stream:
                yield self._wrap(event)

    def _wrap(self, event: Any) -> ThreadStreamEvent:
        return ProgressUpdateEvent(text="x")


class Plain(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        yield {"type": "progress_update", "text": "x"}  # CKF311


class Dumped(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        yield ProgressUpdateEvent(text="x").model_dump_json()  # CKF311


class Chosen(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        item = AssistantMessageItem(id="1", thread_id="2", created_at=datetime.now(), content=[])
        yield (ThreadItemAddedEvent(item=item) if input_user_message else ThreadItemDoneEvent(item=item))
        async for each in aclosing(self.respond(thread, None, context)):
            yield each
