from abc import ABC
from collections.abc import AsyncIterator
from typing import Any
from agents import Runner
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import AttachmentStore, Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent
from .convert import Full, Plain, bare, direct, full, lite, plain, to_input

C = dict[str, Any]


class A(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C]) -> None:
        super().__init__(store=store, attachment_store=files)
        self.converter = plain


class B(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C]) -> None:
        super().__init__(store=store, attachment_store=files)
        self.converter = full


class D(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C], converter: ThreadItemConverter | None = None) -> None:
        super().__init__(store=store, attachment_store=files)
        self.converter = converter or ThreadItemConverter()  # CKF308


class E(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C], converter: ThreadItemConverter) -> None:
        super().__init__(store=store, attachment_store=files)
        self.converter = converter


class F(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C]) -> None:
        super().__init__(store=store, attachment_store=files)

    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: C) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(direct, await to_input(page.data[::-1]), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class G(ChatKitServer[C], ABC):
    def __init__(self, store: Store[C], files: AttachmentStore[C]) -> None:
        super().__init__(store=store, attachment_store=files)

    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: C) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(lite, await bare.to_agent_input(page.data[::-1]), context=agent_context)
        async for event in stream_agent_response(agent_context, result):  # CKF304
            yield event
