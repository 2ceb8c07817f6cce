"""CKF310."""

import ast

from ..annotations import parameters
from ..classes import SERVER, Class
from ..rule import Rule


class CancelledSignature(Rule):
    """Find `handle_stream_cancelled` with other parameters than the SDK passes.

    It is called when a user stops an answer or goes away. With wrong parameters it raises
    TypeError there, where nobody sees it, and what was written so far is lost.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadMetadata


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def handle_stream_cancelled(
                self, thread: ThreadMetadata, context: dict[str, Any]
            ) -> None:
                print("stopped", thread.id)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.server import ChatKitServer
        from chatkit.types import ThreadItem, ThreadMetadata


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def handle_stream_cancelled(
                self,
                thread: ThreadMetadata,
                pending_items: list[ThreadItem],
                context: dict[str, Any],
            ) -> None:
                print("stopped", thread.id, len(pending_items))

    Source: the signature in the installed chatkit.server.
    """

    code = "CKF310"
    name = "cancelled-signature"
    message = "handle_stream_cancelled takes ({taken}), the SDK passes ({passed})"
    hint = "without it what was written is lost when a user stops an answer"

    def visit_server(self, server: Class) -> None:
        """Look at a server's method for cancelled streams."""
        about = self.sdk.classes.get(SERVER)
        method = about.methods.get("handle_stream_cancelled") if about else None
        function = server.own.get("handle_stream_cancelled")
        if method is None or function is None or function.args.vararg is not None:
            return
        names = [parameter.arg for parameter in parameters(function.args)]
        expected = list(method.parameters)
        wrong = names[: len(expected)] != expected
        if wrong or not isinstance(function, ast.AsyncFunctionDef):
            self.report(function, taken=", ".join(names), passed=", ".join(expected))
