"""CKF311."""

import ast

from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..sdk_names import definition
from ..values import called, follow

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
        """Look at what a server's streams yield, and what they pass on from others."""
        queue: list[tuple[Function, Module]] = []
        for name, function in server.own.items():
            if name in {"respond", "action"} or _says_events(function):
                queue.append((function, server.module))
        for function, module in queue:
            for node in within(function, nested=False):
                match node:
                    case ast.AsyncFor(
                        target=ast.Name(id=name), iter=ast.Call() as source, body=body
                    ) if _passes_on(body, name):
                        found = called(self.project, module, source)
                        if found is not None and found not in queue:
                            queue.append(found)
                    case _:
                        continue
            self._stream(function, module)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a stream outside of a server."""
        if self.module.class_of(node) is None and _says_events(node):
            self._stream(node, self.module)

    def _stream(self, function: Function, module: Module) -> None:
        raw = _raw(function)
        for node in within(function, nested=False):
            if isinstance(node, ast.Yield) and node.value is not None:
                self._look(node, node.value, module, raw)

    def _look(self, node: ast.Yield, value: ast.expr, module: Module, raw: set[str]) -> None:
        base = value
        while isinstance(base, ast.Attribute):
            base = base.value
        if isinstance(value, ast.Name) and value.id not in raw:
            value = _gone_over(module, value) or follow(self.project, module, value)[1]
        wrap = "ThreadItemDoneEvent(item=...)"
        match value:
            case ast.Dict() | ast.JoinedStr() | ast.Constant(value=str()) | ast.List():
                what = "plain data"
            case ast.Call(func=ast.Attribute(attr="model_dump" | "model_dump_json" | "encode")):
                what = "plain data"
            case ast.Name() | ast.Attribute() if isinstance(base, ast.Name) and base.id in raw:
                what, wrap = "an event of the agent's run", "stream_agent_response(...)"
            case ast.Call(func=func):
                full = module.names.resolve(func) or ""
                if full == "json.dumps":
                    self.report(node, elsewhere=module, what="plain data", wrap=wrap)
                    return
                full = definition(self.sdk, full) or self._returned(module, value)
                short = (full or "").rpartition(".")[2]
                events = self.sdk.unions.get(_EVENTS, ())
                homes = ("chatkit.types.", "chatkit.widgets.")
                is_type = full is not None and full.startswith(homes)
                if not is_type or not events or short in events or full in self.sdk.unions:
                    return
                is_update = short in self.sdk.unions.get(_UPDATES, ())
                what = short
                wrap = "ThreadItemUpdatedEvent(item_id=..., update=...)" if is_update else wrap
            case _:
                return
        self.report(node, elsewhere=module, what=what, wrap=wrap)

    def _returned(self, module: Module, value: ast.Call) -> str | None:
        """Return the SDK's class that a function of the project says it returns."""
        found = called(self.project, module, value)
        if found is None or found[0].returns is None:
            return None
        return definition(self.sdk, found[1].names.resolve(found[0].returns))


def _says_events(function: Function) -> bool:
    returns = function.returns
    return returns is not None and any(
        (isinstance(node, ast.Name) and node.id == "ThreadStreamEvent")
        or (isinstance(node, ast.Attribute) and node.attr == "ThreadStreamEvent")
        or (isinstance(node, ast.Constant) and "ThreadStreamEvent" in str(node.value))
        for node in (returns, *within(returns))
    )


def _passes_on(body: list[ast.stmt], name: str) -> bool:
    """Say whether a loop yields what it goes over as it is."""
    for statement in body:
        for node in (statement, *within(statement)):
            match node:
                case ast.Yield(value=ast.Name(id=found)) if found == name:
                    return True
                case _:
                    continue
    return False


def _raw(function: Function) -> set[str]:
    """Return the names that go over the events of the Agents SDK."""
    found: set[str] = set()
    for node in within(function, nested=False):
        match node:
            case ast.AsyncFor(target=ast.Name(id=name), iter=source):
                given = _given(function, source) if isinstance(source, ast.Name) else source
                if given is not None and _is_raw(given):
                    found.add(name)
            case _:
                continue
    return found


def _given(function: Function, source: ast.Name) -> ast.expr | None:
    """Return what a name is given in a function, also by `async with ... as`."""
    for node in within(function, ast.Assign, ast.withitem):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == source.id:
                return value
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                if name == source.id:
                    return value
            case _:
                continue
    return None


def _is_raw(source: ast.expr) -> bool:
    """Say whether something streams events of the Agents SDK or of the OpenAI client."""
    inner = source.value if isinstance(source, ast.Await) else source
    match inner:
        case ast.Call(func=ast.Attribute(attr="stream_events")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=owner), attr="stream")):
            return owner in {"responses", "completions"}
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=owner), attr="create")):
            return owner in {"responses", "completions"} and any(
                keyword.arg == "stream" for keyword in inner.keywords
            )
        case _:
            return False


def _gone_over(module: Module, name: ast.Name) -> ast.expr | None:
    """Return what a loop over a list that is written out yields: the first that is a call."""
    for parent in module.ancestors(name):
        match parent:
            case ast.For(target=ast.Name(id=target), iter=ast.List() | ast.Tuple() as listed):
                if target == name.id:
                    calls = [each for each in listed.elts if isinstance(each, ast.Call)]
                    return calls[0] if len(calls) == len(listed.elts) and calls else None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return None
            case _:
                continue
    return None
