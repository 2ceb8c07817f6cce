"""A generated server with a scripted model, as the tests talk to it."""

import importlib
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from agents import Agent, set_tracing_disabled

from .provider_talk import generated
from .scripted import Script

Event = dict[str, Any]
# Nothing leaves the machine that the tests run on.
set_tracing_disabled(True)


def part(name: str, package: str | None = None) -> Any:
    """Return a module of the generated application."""
    return importlib.import_module(f"{package or generated('openai')}.{name}")


def context(user_id: str = "anna", *, package: str | None = None, **page: Any) -> Any:
    """Return the context of a request by this user."""
    known = part("assistant.page", package)
    return known.request_context(user_id, "req-1", known.PageState(**page))


class Chat:
    """One user's thread with an agent that answers by a script."""

    def __init__(
        self,
        store: Any,
        *answers: Any,
        agent: dict[str, Any] | None = None,
        package: str | None = None,
        **more: Any,
    ) -> None:
        """Begin without a thread; `agent` is what the agent has besides its model."""
        self.script = Script(*answers)
        self.store = store
        self.reports: list[Any] = []
        self.context = context(package=package)
        self.thread_id = ""
        made = Agent[Any](name="Assistant", model=self.script, **(agent or {}))
        self.server = part("server", package).AssistantServer(
            agent=made, store=store, **{"on_event": self._keep, **more}
        )

    async def _keep(self, report: Any) -> None:
        self.reports.append(report)

    async def open(self, request_type: str, **params: Any) -> AsyncGenerator[bytes, None]:
        """Return the stream that answers a request, as the HTTP layer gets it."""
        request = json.dumps({"type": request_type, "params": params})
        return (await self.server.process(request, self.context)).json_events

    async def stream(self, request_type: str, **params: Any) -> AsyncGenerator[Event]:
        """Yield the events that answer a request; closing it is going away."""
        async with aclosing(await self.open(request_type, **params)) as frames:
            async for frame in frames:
                event = json.loads(frame.removeprefix(b"data: "))
                if event["type"] == "thread.created":
                    self.thread_id = event["thread"]["id"]
                yield event

    def message(self, text: str, **fields: Any) -> Event:
        """Return what sends a message: the kind of request, and its parameters."""
        content = [{"type": "input_text", "text": text}]
        sent: Event = {"content": content, "attachments": [], "inference_options": {}, **fields}
        if not self.thread_id:
            return {"request_type": "threads.create", "input": sent}
        return {
            "request_type": "threads.add_user_message",
            "input": sent,
            "thread_id": self.thread_id,
        }

    def say(self, text: str, **fields: Any) -> AsyncGenerator[Event]:
        """Yield the events that answer a message."""
        return self.stream(**self.message(text, **fields))

    async def ask(self, text: str, **fields: Any) -> list[Event]:
        """Return the events that answer a message."""
        return [event async for event in self.say(text, **fields)]

    async def send(self, request_type: str, **params: Any) -> Any:
        """Return the plain answer to a request."""
        request = json.dumps({"type": request_type, "params": params})
        return json.loads((await self.server.process(request, self.context)).json)

    async def items(self) -> list[Any]:
        """Return all that is stored in the thread, oldest first."""
        page = await self.store.load_thread_items(self.thread_id, None, 200, "asc", self.context)
        return page.data

    async def told(self) -> list[str]:
        """Return the type of each stored item, with its text if it is a message."""
        return [told(item) for item in await self.items()]

    async def thread(self) -> Any:
        """Return the stored thread."""
        return await self.store.load_thread(self.thread_id, self.context)


def told(item: Any) -> str:
    """Return what an item says: "user: Hello", or its type."""
    if item.type not in ("user_message", "assistant_message"):
        return str(item.type)
    who = item.type.removesuffix("_message")
    return f"{who}: {''.join(part.text for part in item.content)}"


def of_type(events: list[Event], kind: str) -> list[Event]:
    """Return the events of one type."""
    return [event for event in events if event["type"] == kind]
