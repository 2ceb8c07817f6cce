"""CKF311."""

import ast

from ..classes import Class
from ..module import within
from ..rule import Rule
from ..sdk_names import definition

_EVENTS = "chatkit.types.ThreadStreamEvent"
_UPDATES = "chatkit.types.ThreadItemUpdate"


class RawUpdateYielded(Rule):
    """Find `respond` methods that yield something that is no event of a thread.

    What is yielded goes over the wire as it is: an update that is not wrapped in
    ThreadItemUpdatedEvent, an item, a dictionary or a string is not understood by the client, or
    fails to be encoded.

    Bad:
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.types import AssistantMessageContentPartTextDelta


        class Assistant(ChatKitServer[dict[str, Any]]):
            async def respond(
                self, thread: Any, input_user_message: Any, context: dict[str, Any]
            ) -> AsyncIterator[Any]:
                yield AssistantMessageContentPartTextDelta(content_index=0, delta="hi")

    Good:
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.types import AssistantMessageContentPartTextDelta, ThreadItemUpdatedEvent


        class Assistant(ChatKitServer[dict[str, Any]]):
            async def respond(
                self, thread: Any, input_user_message: Any, context: dict[str, Any]
            ) -> AsyncIterator[Any]:
                delta = AssistantMessageContentPartTextDelta(content_index=0, delta="hi")
                yield ThreadItemUpdatedEvent(item_id="msg_1", update=delta)

    Source: the union ThreadStreamEvent in the installed chatkit.types.
    """

    code = "CKF311"
    name = "raw-update-yielded"
    message = "{what} is yielded, which is no event of a thread"
    hint = "wrap it: {wrap}"

    def visit_server(self, server: Class) -> None:
        """Look at what a server's streams yield."""
        for name, function in server.own.items():
            says = function.returns is not None and "ThreadStreamEvent" in ast.dump(
                function.returns
            )
            if not says and name not in {"respond", "action"}:
                continue
            for node in within(function, nested=False):
                if isinstance(node, ast.Yield) and node.value is not None:
                    self._look(node, node.value)

    def _look(self, node: ast.Yield, value: ast.expr) -> None:
        match value:
            case ast.Dict() | ast.JoinedStr() | ast.Constant(value=str()):
                what, wrap = "plain data", "ThreadItemDoneEvent(item=...)"
            case ast.Call(func=func):
                full = definition(self.sdk, self.module.names.resolve(func))
                short = (full or "").rpartition(".")[2]
                events = self.sdk.unions.get(_EVENTS, ())
                is_type = full is not None and full.startswith("chatkit.types.")
                if not is_type or not events or short in events or full in self.sdk.unions:
                    return
                is_update = short in self.sdk.unions.get(_UPDATES, ())
                wrap = "ThreadItemUpdatedEvent(item_id=..., update=...)"
                what = short
                wrap = wrap if is_update else "ThreadItemDoneEvent(item=...)"
            case _:
                return
        self.report(node, what=what, wrap=wrap)
