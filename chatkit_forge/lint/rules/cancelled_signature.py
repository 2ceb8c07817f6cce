"""CKF310."""

import ast

from ..annotations import parameters
from ..classes import SERVER, Class
from ..module import Function
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
        if method is None:
            return
        expected = list(method.parameters)
        # A mixin of the project's may bring it.
        for owner in server.lineage:
            function = owner.own.get("handle_stream_cancelled")
            if function is None or (owner is not server and owner.is_server):
                continue
            if function.args.vararg is None and _is_wrong(function, expected):
                taken = ", ".join(parameter.arg for parameter in parameters(function.args))
                self.report(
                    function, elsewhere=owner.module, taken=taken, passed=", ".join(expected)
                )
            return


def _is_wrong(function: Function, expected: list[str]) -> bool:
    taken = parameters(function.args)
    names = [parameter.arg for parameter in taken]
    required = len(taken) - len(function.args.defaults)
    named = [default for default in function.args.kw_defaults if default is None]
    return (
        names[: len(expected)] != expected
        or required > len(expected)
        or bool(named)
        or not isinstance(function, ast.AsyncFunctionDef)
    )
