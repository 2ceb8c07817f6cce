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
