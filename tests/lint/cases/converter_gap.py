from abc import ABC
from typing import Any

from chatkit.agents import ThreadItemConverter, simple_to_agent_input
from chatkit.server import ChatKitServer


class Converter(ThreadItemConverter):
    async def attachment_to_message_content(self, attachment: Any) -> Any:
        return {"type": "input_text", "text": attachment.name}


class Gap(ChatKitServer[str], ABC):
    def __init__(self, store: Any, files: Any) -> None:
        super().__init__(store, files)

    async def plain(self, items: list[Any]) -> list[Any]:
        return await simple_to_agent_input(items)  # CKF308

    async def default(self, items: list[Any]) -> list[Any]:
        return await ThreadItemConverter().to_agent_input(items)  # CKF308


class Own(ChatKitServer[str], ABC):
    def __init__(self, store: Any, files: Any) -> None:
        super().__init__(store, attachment_store=files)

    async def history(self, items: list[Any]) -> list[Any]:
        return await Converter().to_agent_input(items)


class NoFiles(ChatKitServer[str], ABC):
    def __init__(self, store: Any) -> None:
        super().__init__(store, attachment_store=None)

    async def history(self, items: list[Any]) -> list[Any]:
        return await simple_to_agent_input(items)


class Optional(ChatKitServer[str], ABC):
    def __init__(self, store: Any, files: Any = None) -> None:
        super().__init__(store, attachment_store=files)

    async def history(self, items: list[Any]) -> list[Any]:
        return await simple_to_agent_input(items)


class Plain(ChatKitServer[str], ABC):
    async def history(self, items: list[Any]) -> list[Any]:
        return await simple_to_agent_input(items)  # CKF308


def served(store: Any, files: Any) -> list[Any]:
    return [Plain(store, attachment_store=files), Optional(store)]
