from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ProgressUpdateEvent,
    ThreadItemDoneEvent,
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
        async for event in self.more():
            yield event

    async def more(self) -> AsyncIterator[Any]:
        yield "not a stream of the SDK"
