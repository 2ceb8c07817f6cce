"""Every method of the SDK's Store as a call on named ids: what attacks and refusals are made of."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from chatkit.store import Store
from chatkit.types import ThreadMetadata

from .samples import NOON, attachment, message


@dataclass(frozen=True, slots=True)
class Ids:
    """Name what a call is about; `after` is a cursor."""

    thread: str = "thr_1"
    item: str = "itm_1"
    attachment: str = "atc_1"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Hold a method's arguments by name, the ids they use, and what a stranger is answered."""

    arguments: Callable[[Ids], dict[str, object]]
    uses: tuple[str, ...]
    # The message of the NotFoundError when nothing is there; None when the call just succeeds.
    missing: str | None = None


# Copied with the ids put in unchecked: a store must refuse by itself what pydantic would.
THREAD: Final = ThreadMetadata(id="", title="intruder", created_at=NOON)
ITEM: Final = message("", "", text="intruder")
RECORD: Final = attachment("", name="intruder")

# The order of the arguments is the SDK's; `test_surface_signatures` compares them.
CALLS: Final[Mapping[str, Call]] = MappingProxyType(
    {
        "load_thread": Call(
            lambda ids: {"thread_id": ids.thread}, ("thread",), "Thread {thread} not found"
        ),
        "save_thread": Call(
            lambda ids: {"thread": THREAD.model_copy(update={"id": ids.thread})},
            ("thread",),
        ),
        "load_thread_items": Call(
            lambda ids: {
                "thread_id": ids.thread,
                "after": ids.after,
                "limit": 20,
                "order": "asc",
            },
            ("thread", "after"),
        ),
        "save_attachment": Call(
            lambda ids: {
                "attachment": RECORD.model_copy(
                    update={"id": ids.attachment, "thread_id": ids.thread}
                )
            },
            ("attachment", "thread"),
        ),
        "load_attachment": Call(
            lambda ids: {"attachment_id": ids.attachment},
            ("attachment",),
            "Attachment {attachment} not found",
        ),
        "delete_attachment": Call(lambda ids: {"attachment_id": ids.attachment}, ("attachment",)),
        "load_threads": Call(
            lambda ids: {"limit": 20, "after": ids.after, "order": "asc"}, ("after",)
        ),
        "add_thread_item": Call(
            lambda ids: {
                "thread_id": ids.thread,
                "item": ITEM.model_copy(update={"id": ids.item, "thread_id": ids.thread}),
            },
            ("thread", "item"),
            "Thread {thread} not found",
        ),
        "save_item": Call(
            lambda ids: {
                "thread_id": ids.thread,
                "item": ITEM.model_copy(update={"id": ids.item, "thread_id": ids.thread}),
            },
            ("thread", "item"),
            "Thread {thread} not found",
        ),
        "load_item": Call(
            lambda ids: {"thread_id": ids.thread, "item_id": ids.item},
            ("thread", "item"),
            "Item {item} not found",
        ),
        "delete_thread": Call(lambda ids: {"thread_id": ids.thread}, ("thread",)),
        "delete_thread_item": Call(
            lambda ids: {"thread_id": ids.thread, "item_id": ids.item}, ("thread", "item")
        ),
    }
)


def sdk_methods() -> tuple[str, ...]:
    """Return the coroutine methods of the installed SDK's Store, in its order."""
    return tuple(
        name for name, member in vars(Store).items() if inspect.iscoroutinefunction(member)
    )


def call(
    store: Store[Any], method: str, ids: Ids, context: object, *, by_keyword: bool = False
) -> Awaitable[object]:
    """Start the method on these ids, as the SDK does: positionally, or with `context=`."""
    assert method in CALLS, f"the SDK's Store has {method}(), which this suite does not know yet"
    arguments = CALLS[method].arguments(ids)
    bound = getattr(store, method)
    if by_keyword:
        return bound(*arguments.values(), context=context)
    return bound(*arguments.values(), context)
