from collections.abc import Sequence
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem, UserMessageItem
from mine import Base, is_message
from abc import ABC
from collections.abc import AsyncIterator
from chatkit.store import NotFoundError
from chatkit.types import Page, ThreadMetadata, AssistantMessageItem
from chatkit.server import ChatKitServer
import chatkit.types as ck


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


class KeptItems(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self._items: dict[tuple[str, str], list[ThreadItem]] = {}
        self._one: dict[str, ThreadItem] = {}
        self._docs: dict[str, list[dict[str, Any]]] = {}

    async def a1(self, key: str, context: dict[str, Any]) -> str:
        line = self._items.get((context["user"], key), [])
        return line[0].content[0].text  # CKF110

    async def a2(self, key: str, context: dict[str, Any]) -> str:
        return " ".join(str(item.content) for item in self._items[(context["user"], key)])  # CKF110

    async def a3(self, key: str, context: dict[str, Any]) -> str:
        for line in self._items.values():
            for item in line:
                print(item.content)  # CKF110
        return ""

    async def a4(self, key: str, context: dict[str, Any]) -> str:
        for (user, thread), line in self._items.items():
            if user == context["user"]:
                return line[-1].content  # CKF110
        return ""

    async def a5(self, key: str, context: dict[str, Any]) -> str:
        return self._one[key].content[0].text  # CKF110

    async def a6(self, key: str, context: dict[str, Any]) -> str:
        return "".join(i.content[0].text for i in self._items[context["user"], key] if i.type == "user_message")

    async def a7(self, key: str, context: dict[str, Any]) -> str:
        return self._docs[key][0].content

    async def a8(self, thread_id: str, context: dict[str, Any]) -> str:
        item = await self.load_item(thread_id, "x", context)
        return item.content[0].text  # CKF110

    async def a9(self, thread_id: str, context: dict[str, Any]) -> str:
        item = await self.load_item(thread_id, "x", context)
        if isinstance(item, UserMessageItem):
            return item.content[0].text
        return ""

    async def a10(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        first = page.data[0]
        return first.content[0].text  # CKF110

    async def a11(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        first = next((i for i in page.data if isinstance(i, UserMessageItem)), None)
        return first.content[0].text if first else ""

    async def a12(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        users = [i for i in page.data if i.type == "user_message"]
        return users[0].content[0].text if users else ""

    async def a13(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        last, *_ = page.data
        return last.content[0].text  # CKF110

    async def a14(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        return "\n".join(map(lambda item: item.content[0].text, page.data))  # CKF110

    async def a15(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        return "\n".join(self._line(item) for item in page.data)

    def _line(self, item: ThreadItem) -> str:
        match item:
            case UserMessageItem(content=content) | AssistantMessageItem(content=content):
                return " ".join(part.text for part in content)
            case _:
                return ""

    async def a16(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        return "\n".join(str(getattr(item, "content", "")) for item in page.data)

    async def a17(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        return "\n".join(str(item.content) for item in page.data if hasattr(item, "content"))

    async def a18(self, thread_id: str, context: dict[str, Any]) -> str:
        messages = filter(lambda i: i.type in ("user_message", "assistant_message"), (await self.load_thread_items(thread_id, None, 10, "asc", context)).data)
        return "\n".join(str(item.content) for item in messages)

    async def a19(self, thread_id: str, context: dict[str, Any]) -> str:
        return "\n".join(str(item.content) for item in (await self.load_thread_items(thread_id, None, 10, "asc", context)).data)  # CKF110

    async def a20(self, thread_id: str, context: dict[str, Any]) -> str:
        page = await self.load_thread_items(thread_id, None, 10, "asc", context)
        for item in page.data:
            if item.type != "user_message":
                continue
            return item.content[0].text
        return ""


class AnsweringServer(ChatKitServer[dict[str, Any]], ABC):
    async def b1(self, thread: ThreadMetadata, context: dict[str, Any]) -> str:
        async for item in self._paginate_thread_items_reverse(thread.id, context):
            return item.content[0].text  # CKF110
        return ""

    async def b2(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[str]:
        items = await self.recent(thread, context)
        return [i.content[0].text for i in items]  # CKF110

    async def recent(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[ThreadItem]:
        return (await self.store.load_thread_items(thread.id, None, 20, "desc", context)).data[::-1]

    async def handle_stream_cancelled(self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: dict[str, Any]) -> None:
        for item in pending_items:
            print(item.content[0].text)  # CKF110

    async def b3(self, item: ck.ThreadItem) -> str:
        return item.content  # CKF110

    async def b4(self, item: ck.UserMessageItem | ck.AssistantMessageItem) -> str:
        return item.content


def describe(items: list[ThreadItem]) -> str:
    return "; ".join(text_of(i) for i in items)


def text_of(item: ThreadItem) -> str:
    return item.content[0].text if item.type.endswith("_message") else ""
