"""CKF308."""

import ast

from ..classes import Class
from ..module import within
from ..rule import Rule
from ..sdk_names import definition

_CONVERTER = "chatkit.agents.ThreadItemConverter"
_PLAIN = "chatkit.agents.simple_to_agent_input"


class ConverterGap(Rule):
    """Find servers that accept attachments and convert messages with the SDK's plain converter.

    The default converter raises NotImplementedError for an attachment: the upload works, and the
    message that carries it fails.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.agents import simple_to_agent_input
        from chatkit.server import ChatKitServer
        from chatkit.store import AttachmentStore, Store


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            def __init__(
                self, store: Store[dict[str, Any]], files: AttachmentStore[dict[str, Any]]
            ) -> None:
                super().__init__(store=store, attachment_store=files)

            async def history(self, items: list[Any]) -> list[Any]:
                return await simple_to_agent_input(items)

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.agents import ThreadItemConverter
        from chatkit.server import ChatKitServer
        from chatkit.store import AttachmentStore, Store


        class Converter(ThreadItemConverter):
            async def attachment_to_message_content(self, attachment: Any) -> Any:
                return {"type": "input_text", "text": attachment.name}


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            def __init__(
                self, store: Store[dict[str, Any]], files: AttachmentStore[dict[str, Any]]
            ) -> None:
                super().__init__(store=store, attachment_store=files)

            async def history(self, items: list[Any]) -> list[Any]:
                return await Converter().to_agent_input(items)

    Source: chatkit.agents.ThreadItemConverter.attachment_to_message_content.
    """

    code = "CKF308"
    name = "converter-gap"
    message = "{converter} raises on the attachments that this server accepts"
    hint = "derive from ThreadItemConverter and write attachment_to_message_content"

    def visit_server(self, server: Class) -> None:
        """Look at a server that was given an attachment store."""
        begun = server.own.get("__init__")
        if begun is None or not any(_gives_files(node) for node in within(begun)):
            return
        for function in server.own.values():
            for node in within(function):
                if isinstance(node, ast.Call):
                    full = definition(self.sdk, self.module.names.resolve(node.func))
                    name = full or self.module.names.resolve(node.func)
                    if name in {_CONVERTER, _PLAIN}:
                        self.report(node, converter=name.rpartition(".")[2])


def _gives_files(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="__init__"), args=args, keywords=keywords):
            files = [k.value for k in keywords if k.arg == "attachment_store"] or args[1:2]
            return any(not (isinstance(f, ast.Constant) and f.value is None) for f in files)
        case _:
            return False
