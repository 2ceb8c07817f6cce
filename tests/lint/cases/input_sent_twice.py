from abc import ABC
from typing import Any

from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer
from chatkit.types import UserMessageItem
from collections.abc import AsyncIterator
from openai.types.responses import EasyInputMessageParam
from agents import Agent, Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import ThreadItem, ThreadMetadata, ThreadStreamEvent


class Assistant(ChatKitServer[str], ABC):
    async def appended(self, thread: Any, input_user_message: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = list(reversed(page.data))
        items.append(input_user_message)  # CKF303
        return items

    async def added(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return page.data + [message]  # CKF303

    async def spread(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return [*page.data, message]  # CKF303

    async def replaced(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = [item for item in page.data if item.id != message.id]
        items.append(message)
        return items

    async def alone(self, input_user_message: Any) -> list[Any]:
        items: list[Any] = []
        items.append(input_user_message)
        return items

    async def _history(self, thread: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data))

    async def _earlier(self, thread: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data[1:]))

    async def helped(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await self._history(thread, context)
        items.append(message)  # CKF303
        return items

    async def by_text(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        messages = await self._history(thread, context)
        text = "".join(part.text for part in message.content)
        messages.append({"role": "user", "content": text})  # CKF303
        return messages

    async def converted(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await simple_to_agent_input(await self._history(thread, context))
        newest = await simple_to_agent_input(message)
        return items + newest  # CKF303

    async def earlier(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await self._earlier(thread, context)
        items.append(message)
        return items

    async def looked_up(
        self, thread: Any, message: UserMessageItem, context: str, search: Any
    ) -> list[Any]:
        items = await self._history(thread, context)
        found = await search(message.content)
        items.append({"role": "developer", "content": found})
        return items


RequestContext = dict[str, Any]
AGENT = Agent[Any](name="x", instructions="y")


class Dropped(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = [i for i in reversed(page.data) if input_user_message is None or i.id != input_user_message.id]
        if input_user_message:
            items.append(input_user_message)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, await simple_to_agent_input(items), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class Latest(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        items = await simple_to_agent_input(input_user_message) if input_user_message else []
        result = Runner.run_streamed(AGENT, items, context=agent_context, previous_response_id=thread.metadata.get("last"))
        async for event in stream_agent_response(agent_context, result):
            yield event


class Added(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        history = await self.converter.to_agent_input(list(reversed(page.data)))
        latest = await self.converter.to_agent_input([input_user_message])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, history + latest, context=agent_context)  # CKF303
        async for event in stream_agent_response(agent_context, result):
            yield event


class Renamed(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        async for event in self._answer(thread, input_user_message, context):
            yield event

    async def _answer(self, thread: ThreadMetadata, message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = list(reversed(page.data))
        items = items + [message]  # CKF303
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, await simple_to_agent_input(items), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class Prompted(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        items = await self._history(thread, context)
        text = self._text(input_user_message)
        prompt = f"The user asks: {text}"
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        agent = AGENT.clone(instructions=prompt)
        result = Runner.run_streamed(agent, await simple_to_agent_input(items), context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def _history(self, thread: ThreadMetadata, context: RequestContext) -> list[ThreadItem]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data))


class Unless(ChatKitServer[RequestContext], ABC):
    async def respond(self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: RequestContext) -> AsyncIterator[ThreadStreamEvent]:
        items = await self._history(thread, input_user_message, context)
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(AGENT, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def _history(self, thread: ThreadMetadata, message: Any, context: RequestContext) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = list(reversed(page.data))
        if message is not None and all(i.id != message.id for i in items):
            items.append(message)
        return await simple_to_agent_input(items)


class Asked(ChatKitServer[str], ABC):
    """What the user says is put into a message of the provider's."""

    @staticmethod
    def _question(message: UserMessageItem) -> str:
        return "".join(part.text for part in message.content)

    @staticmethod
    def _language(message: UserMessageItem) -> str:
        text = "".join(part.text for part in message.content)
        return "de" if text.startswith("Guten") else "en"

    async def asked(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        question = self._question(input_user_message)
        model_input.append(EasyInputMessageParam(role="user", content=question))  # CKF303
        return model_input

    async def told(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        language = self._language(input_user_message)
        model_input.append(EasyInputMessageParam(role="user", content=language))
        return model_input

    async def developed(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        topic = self._question(input_user_message)
        model_input.append(EasyInputMessageParam(role="developer", content=topic))
        return model_input


def files_of(message: UserMessageItem) -> str:
    return ", ".join(each.name for each in message.attachments)


class Attached(ChatKitServer[str], ABC):
    """What else the message has is not in what it says."""

    @staticmethod
    def _tools(message: UserMessageItem) -> str:
        wanted = [message.inference_options.tool_choice]
        return ", ".join(f"Use the tool {each}" for each in wanted)

    @staticmethod
    def _quoted_text(message: UserMessageItem) -> str:
        return message.quoted_text or ""

    @staticmethod
    def _question(message: UserMessageItem) -> str:
        return message.content[0].text.strip()

    async def files(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        names = files_of(input_user_message)
        model_input.append(EasyInputMessageParam(role="user", content=names))
        model_input.append({"role": "user", "content": names})
        named = ", ".join(each.name for each in input_user_message.attachments)
        model_input.append({"role": "user", "content": named})
        return model_input

    async def tools(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        tools = self._tools(input_user_message)
        model_input.append(EasyInputMessageParam(role="user", content=tools))
        return model_input

    async def quoted(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        quoted = self._quoted_text(input_user_message)
        model_input.append({"role": "user", "content": quoted})
        model_input.append({"role": "user", "content": input_user_message.quoted_text})
        return model_input

    async def noted(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        question = self._question(input_user_message)
        self.audit.append(Entry(role="user", content=question))
        return await simple_to_agent_input(page.data[::-1])

    async def again(self, thread: Any, input_user_message: UserMessageItem, context: str) -> Any:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        model_input = await simple_to_agent_input(page.data[::-1])
        question = self._question(input_user_message)
        model_input.append(EasyInputMessageParam(role="user", content=question))  # CKF303
        return model_input
