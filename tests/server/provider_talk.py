"""A generated server in conversation with the stand-in, by each of the ways there are."""

import asyncio
import functools
import importlib
import importlib.util
import json
import sys
import tempfile
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from agents import RunContextWrapper, StopAtTools, function_tool
from chatkit.agents import ClientToolCall
from pydantic import SecretStr

from chatkit_forge.options import Provider
from tests.apps import Combination, write
from tests.provider.stand_in import StandIn

Api = Literal["responses", "chat_completions", "litellm"]
APIS: tuple[Api, ...] = ("responses", "chat_completions", "litellm")
FAKE_ID = "__fake_id__"

Event = dict[str, Any]


@functools.cache
def folder_of(provider: Provider) -> Path:
    """Generate an application once, and return its folder."""
    folder = Path(tempfile.mkdtemp(prefix=f"chatkit-forge-{provider}-"))
    write(Combination("sqlite", provider=provider), folder)
    return folder


@functools.cache
def generated(provider: Provider) -> str:
    """Import an application's package, and return the name that it has here.

    Both providers' packages are called `app`; here each has a name of its own.
    """
    name = f"generated_{provider}"
    package = folder_of(provider) / "app"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return name


@function_tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} means something"


@function_tool
def ask_browser(context: RunContextWrapper[Any], question: str) -> str:
    """Ask the user's browser."""
    arguments = {"question": question}
    context.context.client_tool_call = ClientToolCall(name="ask_browser", arguments=arguments)
    return "asked"


class Talk:
    """Speak with a server as one user; the event loop is the test's own."""

    def __init__(
        self, api: Api, stand_in: StandIn, folder: Path, patch: pytest.MonkeyPatch
    ) -> None:
        """Start a server that reaches its model through this API."""
        self.api = api
        self.stand_in = stand_in
        self.reports: list[Any] = []
        self._package = generated("litellm" if api == "litellm" else "openai")
        self._patch = patch
        self._folder = folder
        self._runner = asyncio.Runner()
        self._models: list[Any] = []
        self.settings = self.part("config").settings
        page = self.part("assistant.page")
        self.context = page.request_context("anna", "req-1", page.PageState())
        self.restart(
            **({} if api == "litellm" else {"openai_api": api}),
            openai_api_key=SecretStr("sk-stand-in"),
            openai_base_url=stand_in.base_url,
            provider_retries=0,
            provider_timeout=30.0,
        )

    def restart(self, **chosen: Any) -> None:
        """Make the server anew, with these settings changed."""
        for name, value in chosen.items():
            self._patch.setattr(self.settings, name, value)

        async def keep(report: Any) -> None:
            self.reports.append(report)

        store = self.part("stores.sqlite").SqliteStore
        self.store = store(f"sqlite:///{self._folder}/talk.db")
        models = self.part("assistant.model")
        model, title_model = models.make_model(), models.make_title_model()
        self._models += [each for each in (model, title_model) if each is not None]
        # A client tool ends the run: its output comes with a request of its own.
        agent = replace(
            self.part("assistant.agent").build_agent(model),
            tools=[look_up, ask_browser],
            tool_use_behavior=StopAtTools(stop_at_tool_names=["ask_browser"]),
        )
        self.server = self.part("server").AssistantServer(
            agent=agent,
            store=self.store,
            history_limit=self.settings.history_limit,
            title_model=title_model,
            on_event=keep,
        )

    def part(self, name: str) -> Any:
        """Return a module of the generated application."""
        return importlib.import_module(f"{self._package}.{name}")

    def say(self, text: str, thread_id: str | None = None) -> list[Event]:
        """Send a message, into a new thread when none is given; return the stream's events."""
        return self.send(self.request(text, thread_id))

    def send(self, request: Event) -> list[Event]:
        """Send a streaming request; return all its events."""
        return self.run(self._collect(request))

    def answer_tool(self, thread_id: str, result: Any) -> list[Event]:
        """Send the output of the call that waits for one; return the stream's events."""
        params = {"thread_id": thread_id, "result": result}
        return self.send({"type": "threads.add_client_tool_output", "params": params})

    def request(self, text: str, thread_id: str | None = None) -> Event:
        """Return the request that sends a message."""
        message: Event = {
            "content": [{"type": "input_text", "text": text}],
            "attachments": [],
            "inference_options": {},
        }
        if thread_id is None:
            return {"type": "threads.create", "params": {"input": message}}
        params: Event = {"input": message, "thread_id": thread_id}
        return {"type": "threads.add_user_message", "params": params}

    async def stream(self, request: Event) -> AsyncGenerator[Event]:
        """Yield the events of a streaming request; closing it is going away."""
        result = await self.server.process(json.dumps(request), self.context)
        async with aclosing(result.json_events) as frames:
            async for frame in frames:
                yield json.loads(frame.removeprefix(b"data: "))

    def stored(self, thread_id: str) -> list[Any]:
        """Return the thread's items from the store, in time order."""
        page = self.run(self.store.load_thread_items(thread_id, None, 100, "asc", self.context))
        return page.data

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end."""
        return self._runner.run(work)

    def close(self) -> None:
        """Stop the server, and the loop with it."""
        self.run(self.server.aclose())
        self.run(self.store.close())
        for model in self._models:
            self.run(model.close())
        self._runner.close()

    async def _collect(self, request: Event) -> list[Event]:
        return [event async for event in self.stream(request)]
