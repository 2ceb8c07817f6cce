"""The page reaches the tools and the thread, in the store's context or beside it."""

import asyncio
import functools
import importlib.util
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from agents import RunContextWrapper, function_tool

from chatkit_forge.stage import put
from tests.apps import Combination, files, options

from .chats import Chat, context, part
from .scripted import Call, say

pytestmark = pytest.mark.anyio


@functools.cache
def package(in_context: bool) -> str:
    """Generate an application with this variant; return what its package is imported as."""
    folder = Path(tempfile.mkdtemp(prefix="chatkit-forge-page-"))
    asked = options(Combination("memory"), folder)
    put(folder, files(replace(asked, server=replace(asked.server, page_in_context=in_context))))
    name = "page_in_context" if in_context else "page_beside_context"
    spec = importlib.util.spec_from_file_location(
        name, folder / "app" / "__init__.py", submodule_search_locations=[str(folder / "app")]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return name


@pytest.fixture(params=[True, False], ids=["in context", "beside it"])
def app(request: pytest.FixtureRequest) -> str:
    """Name the package of one variant."""
    return package(request.param)


async def test_every_request_has_its_own_page(app: str) -> None:
    """Two readers at the same time, each in a task: neither sees the other's page."""
    both = asyncio.Barrier(2)
    store = part("stores.memory", app).MemoryStore()

    @function_tool
    async def see(run: RunContextWrapper[Any]) -> str:
        """Wait for the other reader, and say what is seen."""
        await both.wait()
        page = run.context
        return f"{page.page_context} {page.selected_text} {page.context_mode}"

    async def read(user_id: str, chapter: int) -> Chat:
        chat = Chat(store, [Call("see")], [say("Seen.")], agent={"tools": [see]}, package=app)
        chat.context = context(
            user_id,
            package=app,
            page_context={"current_chapter": chapter, "current_lesson": None},
            selected_text=f"text {chapter}",
            context_mode="selection",
            session_id=f"s-{chapter}",
        )
        events = await chat.ask("What do you see?")
        assert events[-1]["type"] == "thread.item.done"
        return chat

    tasks = [asyncio.create_task(read(user, chapter)) for user, chapter in (("anna", 1), ("bo", 2))]
    for chapter, chat in enumerate([await task for task in tasks], 1):
        seen = str(chat.script.heard[-1])
        assert f"'current_chapter': {chapter}" in seen
        assert f"text {chapter} selection" in seen
        (thread,) = (await store.load_threads(10, None, "desc", chat.context)).data
        assert thread.metadata["session_id"] == f"s-{chapter}"
        assert thread.metadata["page_context"]["current_chapter"] == chapter


async def test_nothing_is_known_of_a_page_that_tells_nothing(app: str) -> None:
    """A request that says nothing about its page has none from the request before it."""
    page = part("assistant.page", app)
    full = page.PageState({"current_chapter": 1, "current_lesson": "a"}, "text", "mode", "s")
    before = page.request_context("anna", "req-1", full)
    assert page.page_of(before) == full
    after = page.request_context("anna", "req-2", page.PageState())
    assert page.page_of(after) == page.PageState()
    assert page.request_id_of(after) == "req-2"
    assert set(after) <= {"user_id", "request_id"}


def test_outside_of_a_request_there_is_no_id(app: str) -> None:
    """What a script does has none; the log shows a dash."""
    alone = {"user_id": "script"}
    assert part("assistant.page", app).request_id_of(alone) == "-"
