"""CKF208."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import definition
from ..stores import reached

_ITEMS = "chatkit.types.ThreadItem"
_WHOLE = frozenset(
    {
        "model_dump",
        "model_dump_json",
        "dict",
        "json",
        "dump_json",
        "dump_python",
        "model_copy",
        "copy",
    }
)
_PARTS = frozenset({"content", "text"})


class LossyItem(Rule):
    """Find stores that keep the text of messages and lose everything else.

    A thread holds eleven types of items, with annotations, attachments, tags and widgets. A store
    with a role and a text column loses what it has no column for, and fails on the other types.

    Bad:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: Any, context: dict[str, Any]
            ) -> None:
                text = item.content[0].text
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, text) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET text = excluded.text",
                    context["user_id"],
                    thread_id,
                    item.id,
                    text,
                )

    Good:
        from abc import ABC
        from typing import Any

        from chatkit.store import Store
        from chatkit.types import ThreadItem


        class Threads(Store[dict[str, Any]], ABC):
            def __init__(self, pool: Any) -> None:
                self.pool = pool

            async def add_thread_item(
                self, thread_id: str, item: ThreadItem, context: dict[str, Any]
            ) -> None:
                await self.pool.execute(
                    "INSERT INTO items (owner, thread_id, id, data) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
                    context["user_id"],
                    thread_id,
                    item.id,
                    item.model_dump_json(),
                )

    Source: 14 of 43 public stores; the union ThreadItem of the installed SDK.
    """

    code = "CKF208"
    name = "lossy-item"
    message = "{method}() {what}"
    hint = "store item.model_dump_json() and load it with TypeAdapter(ThreadItem)"

    def visit_store(self, store: Class) -> None:
        """Look at how items are stored and loaded."""
        for name in ("add_thread_item", "save_item"):
            function = store.own.get(name)
            if function is not None:
                self._stored(store, function, name)
        for name in ("load_thread_items", "load_item"):
            function = store.own.get(name)
            if function is not None:
                self._loaded(store, function, name)

    def _stored(self, store: Class, function: Function, name: str) -> None:
        parameters = [argument.arg for argument in function.args.args]
        if len(parameters) < 3:
            return
        item = parameters[2]
        parts: list[ast.AST] = []
        for part, module in reached(store, function):
            for node in within(part, ast.Attribute, ast.Assign, ast.Call):
                match node:
                    case ast.Attribute(attr=attribute) if attribute in _WHOLE:
                        return
                    case ast.Assign(value=ast.Name(id=found)) if found == item:
                        return
                    case ast.Call(func=func, args=args) if not _is_own(func):
                        if any(isinstance(each, ast.Name) and each.id == item for each in args):
                            return
                    case ast.Attribute(value=ast.Name(id=found), attr=attribute):
                        if found == item and attribute in _PARTS and module is self.module:
                            parts.append(node)
                    case _:
                        continue
        if parts:
            self.report(parts[0], method=name, what="keeps an item's text and drops the rest")

    def _loaded(self, store: Class, function: Function, name: str) -> None:
        members = set(self.sdk.unions.get(_ITEMS, ()))
        for part, module in reached(store, function):
            if module is not self.module or _is_whole(part):
                continue
            named = within(part, ast.Call, ast.Name)
            made = [(node, kind) for node in named if (kind := self._kind(node)) in members]
            kinds = {kind for _, kind in made}
            if made and len(kinds) < len(members):
                self.report(made[0][0], method=name, what=f"knows only {', '.join(sorted(kinds))}")

    def _kind(self, node: ast.AST) -> str:
        """Return the type of item that a node makes, "" when it makes none."""
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr.startswith(
                "model_validate"
            ):
                return self._short(owner)
            case ast.Call(func=(ast.Name() | ast.Attribute()) as func):
                return self._short(func)
            case ast.Name() if isinstance(self.module.parents.get(node), ast.Dict):
                return self._short(node)
            case _:
                return ""

    def _short(self, node: ast.expr) -> str:
        full = definition(self.sdk, self.module.names.resolve(node))
        return (full or "").rpartition(".")[2]


def _is_whole(function: Function) -> bool:
    """Say whether a function leaves it to a TypeAdapter which type an item is of."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"validate_python", "validate_json"}
        for node in within(function, ast.Attribute)
    )


def _is_own(func: ast.expr) -> bool:
    """Say whether a call goes to the store itself, where it is looked at, or asks for a type."""
    match func:
        case ast.Attribute(value=ast.Name(id="self" | "cls")):
            return True
        case ast.Name(id=name):
            return name in {"isinstance", "getattr", "hasattr", "type", "str", "repr"}
        case _:
            return False
