"""The model hears the newest whole turns, oldest first, and its question once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ClientToolCallItem,
    EndOfTurnItem,
    InferenceOptions,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)

from .chats import Chat, context, part, told
from .scripted import say

pytestmark = pytest.mark.anyio
START = datetime(2026, 1, 1)


def item(kind: str, number: int) -> Any:
    """Return the item of a thread that has this number, one each second."""
    base: dict[str, Any] = {
        "id": f"item-{number}",
        "thread_id": "thr",
        "created_at": START + timedelta(seconds=number),
    }
    match kind:
        case "user":
            return UserMessageItem(
                content=[UserMessageTextContent(text=str(number))],
                inference_options=InferenceOptions(),
                **base,
            )
        case "assistant":
            said = [AssistantMessageContent(text=str(number))]
            return AssistantMessageItem(content=said, **base)
        case "pending" | "completed":
            return ClientToolCallItem(
                status=kind, call_id=f"call-{number}", name="read", arguments={}, **base
            )
        case _:
            return EndOfTurnItem(**base)


async def fill(store: Any, *kinds: str) -> None:
    """Store a thread of these items."""
    thread = ThreadMetadata(id="thr", created_at=START)
    await store.save_thread(thread, context())
    for number, kind in enumerate(kinds, 1):
        await store.add_thread_item("thr", item(kind, number), context())


async def history(store: Any, limit: int, message: Any = None) -> list[str]:
    """Return what the model is told of the thread."""
    load = part("assistant.history").load_history
    return [told(found) for found in await load(store, "thr", limit, message, context())]


async def test_a_long_thread_ends_in_the_present(store: Any) -> None:
    """Of 120 items the newest ones are told, and all that fit when the limit allows."""
    await fill(store, *["user", "assistant"] * 60)
    assert await history(store, 4) == [
        "user: 117", "assistant: 118", "user: 119", "assistant: 120",
    ]  # fmt: skip
    everything = await history(store, 500)
    assert len(everything) == 120
    assert everything[0] == "user: 1"


async def test_small_pages_are_put_together(tmp_path: Any) -> None:
    """A store caps its pages: more than one is read, and none of them twice."""
    sqlite = part("stores.sqlite").SqliteStore
    async with sqlite(f"sqlite:///{tmp_path}/small.db", max_page_size=7) as store:
        await fill(store, *["user", "assistant"] * 60)
        found = await history(store, 40)
    assert [int(text.split()[1]) for text in found] == list(range(81, 121))


async def test_a_turn_is_told_from_its_beginning(store: Any) -> None:
    """An answer whose question is out of reach is left out."""
    await fill(store, "user", "assistant", "completed", "assistant", "user", "assistant")
    assert await history(store, 5) == ["user: 5", "assistant: 6"]


async def test_a_turn_longer_than_the_limit_is_told_from_its_middle(store: Any) -> None:
    """Half of the only turn is better than nothing."""
    await fill(store, "user", *["completed"] * 6)
    assert await history(store, 3) == ["client_tool_call"] * 3


async def test_pending_calls_are_left_out(store: Any) -> None:
    """A call without an output would be refused by the provider."""
    await fill(store, "user", "pending", "completed", "assistant")
    assert await history(store, 40) == ["user: 1", "client_tool_call", "assistant: 4"]


async def test_the_question_is_told_though_a_clock_is_wrong(store: Any) -> None:
    """Items dated in the future, by a machine whose clock is ahead, do not push it out."""
    await fill(store, "user", "assistant", "user", "assistant")
    late = item("user", 0)
    await store.add_thread_item("thr", late, context())
    assert (await history(store, 2, late))[-1] == "user: 0"
    assert sorted(await history(store, 40, late)).count("user: 0") == 1


class Endless:
    """A store that says there is more, and does not say where."""

    def __init__(self) -> None:
        """Count the pages that are asked for."""
        self.pages = 0

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Any
    ) -> Page[ThreadItem]:
        """Return the same page again and again."""
        self.pages += 1
        return Page[ThreadItem](data=[item("user", 1)], has_more=True, after=None)


async def test_a_page_without_an_end_is_the_last_one() -> None:
    """Somebody else's store must not keep a turn from beginning."""
    store = Endless()
    assert await history(store, 5) == ["user: 1"]
    assert store.pages == 1


async def test_the_question_is_heard_once(store: Any) -> None:
    """The SDK has stored it before the server is asked."""
    chat = Chat(store, [say("Yes.")], [say("Still.")])
    await chat.ask("Are you there?")
    await chat.ask("And now?")
    heard: list[Any] = list(chat.script.heard[-1])
    assert [line["role"] for line in heard] == ["user", "assistant", "user"]
    assert str(heard).count("And now?") == 1
