from collections.abc import Sequence
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, UserMessageItem
from mine import Base, is_message


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


class Reader(Base):
    async def latest(self, context: Any) -> list[ThreadItem]:
        page = await self.store.load_thread_items("t", None, 20, "desc", context)
        return list(reversed(page.data))

    async def first(self, context: Any) -> str:
        for item in await self.latest(context):
            return str(item.content)  # CKF110
        return ""

    def texts(self, items: Sequence[ThreadItem]) -> list[str]:
        found: list[str] = []
        for number, item in enumerate(items):
            found.append(f"{number}{item.content}")  # CKF110
        return found

    async def walked(self, context: Any) -> list[Any]:
        items = (await self.store.load_thread_items("t", None, 20, "asc", context)).data
        recent = items[-5:]
        try:
            return [part.text for each in recent for part in each.content]  # CKF110
        finally:
            print("done")

    async def last(self, context: Any) -> Any:
        page = await self.store.load_thread_items("t", None, 1, "desc", context)
        if newest := page.data[0]:
            return newest.content  # CKF110
        return None

    async def indexed(self, context: Any) -> Any:
        page = await self.store.load_thread_items("t", None, 1, "desc", context)
        return page.data[0].content[0].text  # CKF110

    async def kept(self, context: Any) -> list[Any]:
        page = await self.store.load_thread_items("t", None, 20, "asc", context)
        messages = [each for each in page.data if isinstance(each, UserMessageItem)]
        return [message.content for message in messages]

    async def caught(self, context: Any) -> list[Any]:
        page = await self.store.load_thread_items("t", None, 20, "asc", context)
        found: list[Any] = []
        for item in page.data:
            try:
                found.append(item.content)
            except AttributeError:
                continue
        return found

    async def helped(self, context: Any) -> list[Any]:
        page = await self.store.load_thread_items("t", None, 20, "asc", context)
        return [item.content for item in page.data if is_message(item)]

    def taken(self, item: UserMessageItem, thread_item: ThreadItem) -> Any:
        return item.content, thread_item.id

    async def typed(self, context: Any) -> list[Any]:
        page = await self.store.load_thread_items("t", None, 20, "asc", context)
        return [item.content for item in page.data if item.type in ("user_message",)]

    async def got(self, context: Any) -> list[Any]:
        page = await self.store.load_thread_items("t", None, 20, "asc", context)
        return [getattr(item, "content", None) for item in page.data]
