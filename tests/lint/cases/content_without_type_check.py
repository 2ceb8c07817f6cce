from typing import Any

from chatkit.store import Store
from chatkit.types import UserMessageItem


async def unchecked(store: Store[Any], context: Any) -> list[Any]:
    page = await store.load_thread_items("t", None, 20, "desc", context)
    found: list[Any] = []
    for item in reversed(page.data):
        found.append(item.content)  # CKF110
    return found


async def checked(store: Store[Any], context: Any) -> list[Any]:
    page = await store.load_thread_items("t", None, 20, "desc", context)
    return [item.content for item in page.data if isinstance(item, UserMessageItem)]


async def matched(store: Store[Any], context: Any) -> list[Any]:
    page = await store.load_thread_items("t", None, 20, "desc", context)
    found: list[Any] = []
    for item in page.data:
        match item:
            case UserMessageItem():
                found.append(item.content)
            case _:
                continue
    return found


async def asked(store: Store[Any], context: Any) -> list[Any]:
    page = await store.load_thread_items("t", None, 20, "desc", context)
    return [item.content for item in page.data if hasattr(item, "content")]


async def common(store: Store[Any], context: Any) -> list[str]:
    page = await store.load_thread_items("t", None, 20, "desc", context)
    return [item.id for item in page.data]
