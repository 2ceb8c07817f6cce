from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from collections.abc import AsyncIterator
from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.store import Store
from chatkit.types import ThreadItem, ThreadMetadata, ThreadStreamEvent, UserMessageItem


class Assistant(ChatKitServer[str], ABC):
    async def first(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 20, "asc", context)  # CKF302

    async def named(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(  # CKF302
            thread.id, after=None, limit=20, order="asc", context=context
        )

    async def newest(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 20, "desc", context)

    async def everything(self, thread: Any, context: str) -> list[Any]:
        found: list[Any] = []
        after: str | None = None
        while True:
            page = await self.store.load_thread_items(thread.id, after, 100, "asc", context)
            found += page.data
            if not page.has_more:
                return found
            after = page.after

    async def behind(self, thread: Any, after: str, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, after, 20, "asc", context)

    async def by_names(self, thread: Any, context: str) -> Any:
        after, order = None, "desc"
        newest = await self.store.load_thread_items(thread.id, after, 20, order, context)
        first_order = "asc"
        oldest = await self.store.load_thread_items(  # CKF302
            thread.id, None, LIMIT, first_order, context
        )
        return newest, oldest

    async def opening(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 1, "asc", context)


LIMIT = 30


async def load_history(store: Any, thread: Any, context: str) -> Any:
    return await store.load_thread_items(  # CKF302
        thread.id, None, LIMIT, order="asc", context=context
    )


async def export(store: Any, thread: Any, context: str) -> Any:
    return await store.load_thread_items(thread.id, None, LIMIT, order="asc", context=context)


RequestContext = dict[str, Any]
AGENT = Agent[Any](name="x", instructions="y")
ORDER = "asc"


class Pages(ChatKitServer[RequestContext], ABC):
    async def r1(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, order="asc", context=context)  # CKF302
        return await simple_to_agent_input(page.data)

    async def r2(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, ORDER, context)  # CKF302
        return await simple_to_agent_input(page.data)

    async def r3(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return await simple_to_agent_input(page.data[::-1])

    async def r4(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        items: list[ThreadItem] = []
        after = None
        while True:
            page = await self.store.load_thread_items(thread.id, after, 50, "asc", context)
            items += page.data
            if not page.has_more:
                break
            after = page.after
        return await simple_to_agent_input(items)

    async def r5(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 100, "desc", context)
        return await simple_to_agent_input(list(page.data))  # newest first

    async def r6(self, thread: ThreadMetadata, context: RequestContext) -> str:
        page = await self.store.load_thread_items(thread.id, None, 1, "asc", context)
        return str(page.data[0].id)

    async def r8(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        return await simple_to_agent_input((await self._page(thread, context, "asc")).data)  # CKF302

    async def _page(self, thread: ThreadMetadata, context: RequestContext, order: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 20, order, context)

    async def r9(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread_id=thread.id, after=None, limit=30, order="asc", context=context)  # CKF302
        history = page.data[-10:]
        return await simple_to_agent_input(history)

    async def export(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 10_000, "asc", context)
        return [i.model_dump() for i in page.data]


class HistoryBuilder:
    def __init__(self, store: Store[RequestContext]) -> None:
        self.store = store

    async def build(self, thread: ThreadMetadata, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "asc", context)  # CKF302
        return await simple_to_agent_input(page.data)


async def recent_items(store: Store[RequestContext], thread: ThreadMetadata, context: RequestContext) -> list[ThreadItem]:
    page = await store.load_thread_items(thread.id, None, 25, "asc", context)  # CKF302
    return page.data


class Recent(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        items = await recent_items(self.store, thread, context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, await simple_to_agent_input([*items, input_user_message]), context=agent_context)  # CKF303
        async for event in stream_agent_response(agent_context, result):
            yield event


class Built(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        history = await HistoryBuilder(self.store).build(thread, context)
        if input_user_message:
            history.append({"role": "user", "content": "".join(p.text for p in input_user_message.content)})  # CKF303
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, history, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


async def load_items(store: Store[RequestContext], thread: ThreadMetadata, context: RequestContext, limit: int = 30, order: str = "asc") -> list[ThreadItem]:
    page = await store.load_thread_items(thread.id, None, limit, order, context)  # CKF302
    return page.data


class ByDefault(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        items = await load_items(self.store, thread, context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, await simple_to_agent_input(items), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class NotByDefault(ChatKitServer[RequestContext], ABC):
    async def _items(self, thread: ThreadMetadata, context: RequestContext, *, limit: int = 30, order: str = "asc") -> list[ThreadItem]:
        page = await self.store.load_thread_items(thread.id, None, limit, order, context)
        return page.data

    async def begins_with(self, thread: ThreadMetadata, context: RequestContext) -> list[ThreadItem]:
        return await self._items(thread, context, limit=1)

    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        items = await self._items(thread, context, order="desc")
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, await simple_to_agent_input(items[::-1]), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event
