"""What a handler of a widget's action is given, and what it returns."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from chatkit.actions import Action
from chatkit.types import SyncCustomActionResponse, ThreadStreamEvent, WidgetItem

from .agent_context import AssistantContext

# The context names the thread and the store, and issues ids; the widget is the one that was
# clicked, or None when the page itself sent the action.
ActionHandler = Callable[
    [AssistantContext, Action[str, Any], WidgetItem | None], AsyncIterator[ThreadStreamEvent]
]
SyncActionHandler = Callable[
    [AssistantContext, Action[str, Any], WidgetItem | None], Awaitable[SyncCustomActionResponse]
]
