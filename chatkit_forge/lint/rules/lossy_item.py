"""CKF208."""

import ast
from functools import cached_property

from ..classes import Class
from ..handed_items import is_passed_on, is_seen_through
from ..left_out import WHOLE, left_out
from ..module import Function, Module, within
from ..sdk_names import definition
from ..store_rule import StoreRule
from ..stores import names_in, reached
from ..taken_parameters import taken_as
from ..values import follow

_ITEMS = "chatkit.types.ThreadItem"
_PARTS = frozenset({"content", "text"})


class LossyItem(StoreRule):
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

    def look(self, store: Class) -> None:
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
        parts: list[tuple[ast.AST, Module]] = []
        fields = self._fields
        whole = False
        takes = {
            part: taken_as(part, module, item, _is_item)
            for part, module in reached(store, function)
        }
        seen = {
            part
            for part, taken in takes.items()
            if taken is not None and is_seen_through(part, taken, fields)
        }
        for part, module in reached(store, function):
            taken = item if part is function else takes[part]
            if taken is not None and not part.name.startswith(("load_", "save_thread")):
                lost = left_out(module, part, taken, fields)
                if lost is not None:
                    self.report(lost[0], elsewhere=module, method=name, what=lost[1])
                    return
            if whole:
                continue
            held = taken or item
            for node in within(part, ast.Attribute, ast.Name):
                if isinstance(node, ast.Name):
                    is_read = node.id == held and isinstance(node.ctx, ast.Load)
                    whole = is_read and is_passed_on(store, module, node, seen)
                elif isinstance(node, ast.Attribute):
                    whole = node.attr in WHOLE
                    if node.attr in _PARTS and _is_of(node, held):
                        parts.append((node, module))
                if whole:
                    break
        if parts and not whole:
            node, module = parts[0]
            what = "keeps an item's text and drops the rest"
            self.report(node, elsewhere=module, method=name, what=what)

    @cached_property
    def _fields(self) -> set[str]:
        """Return the fields of all types of items."""
        package = _ITEMS.rpartition(".")[0]
        members = (f"{package}.{member}" for member in self.sdk.unions.get(_ITEMS, ()))
        return {
            f for each in members if each in self.sdk.classes for f in self.sdk.classes[each].fields
        }

    def _loaded(self, store: Class, function: Function, name: str) -> None:
        members = set(self.sdk.unions.get(_ITEMS, ()))
        for part, module in reached(store, function):
            made = self._kinds(module, part)
            if made is None:
                self._adapters(part, module, members, name)
                continue
            kinds = {kind for _, kind in made}
            if made and len(kinds) < len(members):
                what = f"knows only {', '.join(sorted(kinds))}"
                self.report(made[0][0], elsewhere=module, method=name, what=what)

    def _adapters(self, part: Function, module: Module, members: set[str], name: str) -> None:
        """Look for a TypeAdapter of some of the types alone."""
        for node in within(part, ast.Attribute):
            match node:
                case ast.Attribute(value=adapter, attr="validate_python" | "validate_json"):
                    home, made = follow(self.project, module, adapter)
                case _:
                    continue
            match made:
                case ast.Call(func=func, args=[union]) if "TypeAdapter" in names_in(func):
                    home, union = follow(self.project, home, union)
                case _:
                    continue
            named = [
                self._short(home, each)
                for each in (union, *within(union, ast.Name, ast.Attribute))
                if isinstance(each, (ast.Name, ast.Attribute))
            ]
            kinds = set(named) & members
            if kinds and len(kinds) < len(members) and "ThreadItem" not in named:
                what = f"knows only {', '.join(sorted(kinds))}"
                self.report(union, elsewhere=home, method=name, what=what)

    def _kinds(self, module: Module, part: Function) -> list[tuple[ast.AST, str]] | None:
        """Return the items that a function makes, with their types, or None.

        None where it leaves it to a TypeAdapter which type an item is of.
        """
        key = ("kinds of items", part)
        if key not in module.known:
            module.known[key] = None if _is_whole(part) else self._made(module, part)
        return module.known[key]

    def _made(self, module: Module, part: Function) -> list[tuple[ast.AST, str]]:
        members = self.sdk.unions.get(_ITEMS, ())
        # Names are looked at in dictionaries alone: which type goes by which name.
        kinds = (ast.Call, ast.Name) if within(part, ast.Dict) else (ast.Call,)
        made = ((node, self._kind(module, node)) for node in within(part, *kinds))
        return [(node, kind) for node, kind in made if kind in members]

    def _kind(self, module: Module, node: ast.AST) -> str:
        """Return the type of item that a node makes, "" when it makes none."""
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute) and func.attr.startswith("model_validate"):
                return self._short(module, func.value)
            return self._short(module, func)
        is_listed = isinstance(module.parents.get(node), ast.Dict)
        return self._short(module, node) if is_listed and isinstance(node, ast.Name) else ""

    def _short(self, module: Module, node: ast.expr) -> str:
        full = definition(self.sdk, module.names.resolve(node))
        return (full or "").rpartition(".")[2]


def _is_of(node: ast.Attribute, name: str) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == name


def _is_whole(function: Function) -> bool:
    """Say whether a function leaves it to a TypeAdapter which type an item is of."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"validate_python", "validate_json"}
        for node in within(function, ast.Attribute)
    )


def _is_item(word: str) -> bool:
    return word == "ThreadItem"
