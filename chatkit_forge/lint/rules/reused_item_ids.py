"""CKF304."""

import ast

from ..agents_run import agent, model
from ..classes import Class
from ..module import Function, Module, within
from ..rule import Rule
from ..store_calls import argument
from ..values import called, follow, given_values

_NO_IDS = ("LitellmModel", "OpenAIChatCompletionsModel")


class ReusedItemIds(Rule):
    """Find servers that keep the provider's item ids, or map them once a run.

    Models behind Chat Completions or LiteLLM give every item the id `__fake_id__`: the second
    message overwrites the first. A map that is filled on first sight folds two messages of one run
    into one. Ids have to be new for each item that is added.

    Bad:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def stream(self, context: AgentContext[Any], result: Any) -> AsyncIterator[Any]:
                ids: dict[str, str] = {}
                async for event in stream_agent_response(context, result):
                    if event.type == "thread.item.added":
                        if event.item.id not in ids:
                            ids[event.item.id] = context.generate_id("message")
                        event.item.id = ids[event.item.id]
                    yield event

    Good:
        from abc import ABC
        from collections.abc import AsyncIterator
        from typing import Any

        from chatkit.agents import AgentContext, stream_agent_response
        from chatkit.server import ChatKitServer


        class Assistant(ChatKitServer[dict[str, Any]], ABC):
            async def stream(self, context: AgentContext[Any], result: Any) -> AsyncIterator[Any]:
                ids: dict[str, str] = {}
                async for event in stream_agent_response(context, result):
                    if event.type == "thread.item.added":
                        ids[event.item.id] = context.generate_id("message")
                        event.item.id = ids[event.item.id]
                    elif event.type == "thread.item.done":
                        event.item.id = ids.pop(event.item.id, context.generate_id("message"))
                    yield event

    Source: agents gives Chat Completions items FAKE_RESPONSES_ID.
    """

    code = "CKF304"
    name = "reused-item-ids"
    message = "{what}: two messages of one run become one"
    hint = "give each added item a new id, and forget it when the item is done"

    def visit_server(self, server: Class) -> None:
        """Look at how a server's streams map ids."""
        begun = server.own.get("respond")
        seen: set[Function] = set()
        for name, function in server.own.items():
            if not _streams(function):
                continue
            self._reach(function, server.module, seen)
            # A method that respond() goes through may get its ids there.
            through = begun is not None and _calls(begun, name)
            if name != "respond" and not through:
                continue
            without = self._without_ids(function) or (
                through and begun is not None and self._runs(begun) and self._without_ids(begun)
            )
            maps = _maps(function) or (through and begun is not None and _maps(begun))
            if without and not maps:
                self._unmapped(function)

    def _reach(
        self, function: Function, module: Module, seen: set[Function], depth: int = 3
    ) -> None:
        """Look at a stream, and at the functions that it hands its events or their ids to."""
        if function in seen:
            return
        seen.add(function)
        self._look(function, module)
        for node in within(function, ast.Call) if depth else ():
            found = called(self.project, module, node) if isinstance(node, ast.Call) else None
            if found is not None:
                self._reach(*found, seen, depth - 1)

    def _runs(self, function: Function) -> bool:
        return any(
            isinstance(node, ast.Attribute) and node.attr == "run_streamed"
            for node in within(function, ast.Attribute)
        )

    def _without_ids(self, function: Function) -> bool:
        """Say whether a method answers with models whose items all have the same id."""
        if self._by_default():
            return True
        for node in within(function, ast.Call):
            if isinstance(node, ast.Call) and (self.module.names.resolve(node.func) or "").endswith(
                "Runner.run_streamed"
            ):
                config = next((k.value for k in node.keywords if k.arg == "run_config"), None)
                if config is not None and self._is_provided(config):
                    return True
                made = agent(self.project, self.module, argument(node, 0, "starting_agent"))
                given = model(self.project, *made) if made is not None else None
                if given is not None:
                    match given:
                        case (_, ast.Constant(value=str(text))):
                            return text.startswith("litellm/")
                        case (place, ast.Call(func=func)):
                            name = place.names.resolve(func) or ""
                            if name.startswith("agents."):
                                return name.endswith(_NO_IDS)
                        case _:
                            pass
        return any(name.endswith(_NO_IDS) for name in self.module.names.imported.values())

    def _by_default(self) -> bool:
        """Say whether the file chooses Chat Completions for every model."""
        for node in self.module.nodes(ast.Call):
            match node:
                case ast.Call(args=[ast.Constant(value="chat_completions"), *_], func=func):
                    if (self.module.names.resolve(func) or "").endswith("set_default_openai_api"):
                        return True
                case _:
                    continue
        return False

    def _is_provided(self, config: ast.expr) -> bool:
        """Say whether a run's configuration brings a provider without ids."""
        place, value = follow(self.project, self.module, config)
        for keyword in value.keywords if isinstance(value, ast.Call) else ():
            if keyword.arg not in {"model_provider", "model"}:
                continue
            home, made = follow(self.project, place, keyword.value)
            if isinstance(made, ast.Call):
                name = home.names.resolve(made.func) or ""
                plain = any(
                    k.arg == "use_responses"
                    and isinstance(k.value, ast.Constant)
                    and k.value.value is False
                    for k in made.keywords
                )
                return name.endswith((*_NO_IDS, "LitellmProvider")) or plain
        return False

    def _unmapped(self, function: Function) -> None:
        for node in within(function, ast.AsyncFor):
            source = node.iter if isinstance(node, ast.AsyncFor) else None
            if isinstance(source, ast.Name):
                given = given_values(self.module, source)
                source = given[0] if len(given) == 1 else None
            match source:
                case ast.Call(func=ast.Name(id="stream_agent_response")):
                    self.report(node, what="the provider's ids are kept, and it gives all the same")
                case _:
                    continue

    def _look(self, function: Function, module: Module) -> None:
        for node in within(function, ast.If, ast.Call, ast.AsyncFor):
            match node:
                case ast.If(
                    test=ast.Compare(left=left, ops=[ast.NotIn()], comparators=[mapping]),
                    body=body,
                ):
                    held = _held(mapping)
                    if held is None or not _is_item_id(left, body, held):
                        continue
                    if _fills(body, held) and not _forgets(module, function, held):
                        self.report(node, elsewhere=module, what="ids are mapped on first sight")
                case ast.Call(func=ast.Attribute(value=mapping, attr="setdefault"), args=[key, _]):
                    held = _held(mapping)
                    if held is None or not _is_item_id(key, [], held):
                        continue
                    if not _forgets(module, function, held):
                        self.report(node, elsewhere=module, what="ids are mapped on first sight")
                case ast.AsyncFor():
                    self._one_for_all(function, module, node)
                case _:
                    continue

    def _one_for_all(self, function: Function, module: Module, loop: ast.AsyncFor) -> None:
        """Look for one id, made before a stream begins, that all of its items are given."""
        made = {
            target.id
            for node in within(function, ast.Assign, nested=False)
            if isinstance(node, ast.Assign) and _makes_id(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        again = {
            node.id
            for node in within(loop, ast.Name)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for node in within(loop, ast.Assign):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Attribute(attr="item"), attr="id")],
                    value=ast.Name(id=name),
                ) if name in made - again:
                    self.report(node, elsewhere=module, what="one id is given to all of a run")
                    return
                case _:
                    continue


def _held(mapping: ast.expr) -> str | None:
    """Return the name of a map: of a variable, or ".ids" of an attribute of `self`."""
    match mapping:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f".{name}"
        case _:
            return None


def _makes_id(value: ast.expr) -> bool:
    words = ("uuid", "token_hex", "token_urlsafe", "generate_id", "generate_item_id", "new_id")
    return any(
        (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")).startswith(
            words
        )
        for node in within(value, ast.Attribute, ast.Name)
    )


def _calls(function: Function, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name
        for node in within(function, ast.Attribute)
    )


def _streams(function: Function) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == "stream_agent_response"
        for node in within(function)
    )


def _is_item_id(node: ast.expr, body: list[ast.stmt], mapping: str) -> bool:
    """Say whether a key is an item's id, by its name or by what the map holds for it."""
    match node:
        case ast.Attribute(attr="id") | ast.Attribute(attr="item_id"):
            return True
        case ast.Name(id=name):
            made = any(
                isinstance(line, ast.Assign)
                and isinstance(line.targets[0], ast.Subscript)
                and _held(line.targets[0].value) == mapping
                and _makes_id(line.value)
                for line in body
            )
            return name.endswith("id") or made
        case _:
            return False


def _fills(body: list[ast.stmt], mapping: str) -> bool:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=held)]) if _held(held) == mapping:
                return True
            case _:
                continue
    return False


def _forgets(module: Module, function: Function, mapping: str) -> bool:
    """Say whether ids leave the map, as they do when an item is done."""
    region: ast.AST = function
    if mapping.startswith("."):
        region = module.class_of(function) or function
    elif (outer := module.function_of(function)) is not None:
        region = outer
    for node in within(region, ast.Call, ast.Delete):
        match node:
            case ast.Call(func=ast.Attribute(value=held, attr="pop" | "clear")):
                if _held(held) == mapping:
                    return True
            case ast.Delete(targets=[ast.Subscript(value=held)]) if _held(held) == mapping:
                return True
            case _:
                continue
    return False


def _maps(function: Function) -> bool:
    """Say whether a function gives items other ids, or hands its events to something that may."""
    for node in within(function):
        match node:
            case ast.Attribute(attr="id" | "item_id", ctx=ast.Store()):
                return True
            case ast.Call(
                func=ast.Attribute(attr="model_copy" | "generate_id" | "generate_item_id")
            ):
                return True
            case ast.Call(args=[*_, ast.Name(id="event")]):
                return True
            case _:
                continue
    return False
