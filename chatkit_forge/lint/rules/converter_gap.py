"""CKF308."""

import ast

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..sdk_names import definition
from ..values import called, follow

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
    message = "{converter} raises on {what}"
    hint = "derive from ThreadItemConverter and write the method for what it raises on"

    def visit_server(self, server: Class) -> None:
        """Look at what a server converts messages with."""
        begun = server.own.get("__init__")
        files = begun is not None and any(_gives_files(node) for node in within(begun))
        if begun is not None and files and self._is_optional(server, begun):
            files = False
        if begun is None:
            files = self._is_given(server)
        if not files and not self._hides_objects():
            return
        what = "attachments that this server accepts" if files else "objects in hidden context"
        for function in server.own.values():
            for node in within(function, ast.Call, ast.Name):
                if isinstance(node, ast.Call):
                    self._call(self.module, node, what, files=files)
                    found = called(self.project, self.module, node) if files else None
                    if found is not None and found[1] is not self.module:
                        # A helper of another file that makes the model's input.
                        for inner in within(found[0], ast.Call):
                            if isinstance(inner, ast.Call):
                                self._call(found[1], inner, what, files=files)
                elif isinstance(node, ast.Name) and files:
                    place, value = follow(self.project, self.module, node)
                    if isinstance(value, ast.Call):
                        self._call(place, value, what, files=files)

    def _call(self, module: Module, node: ast.Call, what: str, *, files: bool) -> None:
        """Look at a call that may make a converter, or convert."""
        name = module.names.resolve(node.func) or ""
        if name in {_CONVERTER, _PLAIN}:
            short = name.rpartition(".")[2]
            self.report(node, elsewhere=module, converter=short, what=what)
        elif files:
            self._own(module, name, what)

    def _is_optional(self, server: Class, begun: Function) -> bool:
        """Say whether the files are a parameter that may be left out, and is."""
        late = [*begun.args.args[len(begun.args.args) - len(begun.args.defaults) :]]
        pairs = [*zip(late, begun.args.defaults, strict=True)]
        pairs += [
            (a, d) for a, d in zip(begun.args.kwonlyargs, begun.args.kw_defaults, strict=True) if d
        ]
        optional = {a.arg for a, d in pairs if isinstance(d, ast.Constant) and d.value is None}
        handed = {
            value.id
            for node in within(begun)
            for value in _files(node)
            if isinstance(value, ast.Name)
        }
        return bool(handed & optional) and not self._is_given(server, handed)

    def _is_given(self, server: Class, names: frozenset[str] | set[str] = frozenset()) -> bool:
        """Say whether the server is made with files in this module."""
        for node in self.module.nodes(ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == server.name:
                wanted = {"attachment_store", *names}
                files = [k.value for k in node.keywords if k.arg in wanted] or node.args[1:2]
                if any(not (isinstance(f, ast.Constant) and f.value is None) for f in files):
                    return True
        return False

    def _own(self, module: Module, name: str, what: str) -> None:
        """Look at a converter of the project's own."""
        last = name.rpartition(".")[2]
        found = self.project.find_class(name, module) if last[:1].isupper() else None
        if found is None or _CONVERTER not in found.foreign or not found.foreign <= {_CONVERTER}:
            return
        if found.method("attachment_to_message_content") is None:
            self.report(found.node, elsewhere=found.module, converter=found.name, what=what)

    def _hides_objects(self) -> bool:
        """Say whether hidden context is made of something else than a string."""
        for node in self.module.nodes(ast.Call):
            name = definition(self.sdk, self.module.names.resolve(node.func))
            if name == "chatkit.types.HiddenContextItem":
                content = [k.value for k in node.keywords if k.arg == "content"]
                if any(isinstance(value, (ast.Dict, ast.List)) for value in content):
                    return True
        return False


def _gives_files(node: ast.AST) -> bool:
    return any(not (isinstance(f, ast.Constant) and f.value is None) for f in _files(node))


def _files(node: ast.AST) -> list[ast.expr]:
    """Return what a call of the SDK's `__init__` is given for files."""
    match node:
        case ast.Call(func=ast.Attribute(attr="__init__", value=value), args=args):
            first = 1 if isinstance(value, ast.Call) else 2
            named = [k.value for k in node.keywords if k.arg == "attachment_store"]
            return named or args[first : first + 1]
        case _:
            return []
