"""Servers that leave the order of their history to a helper, or say it."""

from abc import ABC
from typing import Any

from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer
from chatkit.types import ThreadMetadata

from .history import newest


class Assistant(ChatKitServer[Any], ABC):
    """Leave the order to the helper."""

    async def history(self, thread: ThreadMetadata, context: Any) -> list[Any]:
        """Return what the model gets."""
        return await simple_to_agent_input(await newest(self.store, thread.id, context))


class Reversed(ChatKitServer[Any], ABC):
    """Say the order."""

    async def history(self, thread: ThreadMetadata, context: Any) -> list[Any]:
        """Return what the model gets."""
        items = await newest(self.store, thread.id, context, "desc")
        return await simple_to_agent_input(items[::-1])
