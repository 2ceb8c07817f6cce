"""CKF110."""

import ast

from ..module import FUNCTIONS, Function, within
from ..rule import Rule

_PAGES = frozenset({"load_thread_items"})
# Fields that only some of the item types have.
_NOT_ALL = frozenset({"content", "widget", "workflow", "task", "call_id", "output", "attachments"})


class ContentWithoutTypeCheck(Rule):
    """Find items of a thread whose `content` is read without looking at their type.

    A thread holds eleven types of items and only messages have `content`: the first widget, task
    or hidden item in a thread raises AttributeError.

    Bad:
        from typing import Any

        from chatkit.store import Store


        async def texts(store: Store[Any], context: Any) -> list[str]:
            page = await store.load_thread_items("thr_1", None, 20, "asc", context)
            return [str(item.content) for item in page.data]

    Good:
        from typing import Any

        from chatkit.store import Store


        async def texts(store: Store[Any], context: Any) -> list[str]:
            page = await store.load_thread_items("thr_1", None, 20, "asc", context)
            return [str(item.content) for item in page.data if item.type == "user_message"]

    Source: the item types in the installed chatkit.types.
    """

    code = "CKF110"
    name = "content-without-type-check"
    message = "{item}.{field} is read without looking at the item's type: not every item has one"
    hint = "ask isinstance({item}, UserMessageItem) or {item}.type first"

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a coroutine that loads items."""
        pages = _pages(node)
        if not pages:
            return
        for inner in within(node):
            match inner:
                case ast.For(target=ast.Name(id=item), iter=source) if _reads(source, pages):
                    self._look(node, item, inner)
                case ast.comprehension(target=ast.Name(id=item), iter=source) if _reads(
                    source, pages
                ):
                    self._look(node, item, self.module.parents[inner])
                case _:
                    continue

    def _look(self, function: Function, item: str, region: ast.AST) -> None:
        if any(_checks(node, item) for node in within(function)):
            return
        for node in within(region):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=field) if name == item:
                    if field in _NOT_ALL:
                        self.report(node, item=item, field=field)
                        return
                case _:
                    continue


def _pages(function: Function) -> set[str]:
    """Return the variables that hold a page of items."""
    found: set[str] = set()
    for node in within(function):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Await(value=ast.Call(func=ast.Attribute(attr=method))),
            ) if method in _PAGES:
                found.add(name)
            case _:
                continue
    return found


def _reads(source: ast.expr, pages: set[str]) -> bool:
    """Say whether a loop goes over the items of such a page, also backwards."""
    match source:
        case ast.Call(func=ast.Name(id="reversed" | "list" | "sorted"), args=[inner, *_]):
            return _reads(inner, pages)
        case ast.Attribute(value=ast.Name(id=name), attr="data"):
            return name in pages
        case _:
            return False


def _checks(node: ast.AST, item: str) -> bool:
    """Say whether a node looks at what kind of item it is, or hands it on."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="type"):
            return name == item
        case ast.Call(args=[ast.Name(id=name), *_]):
            return name == item
        case ast.Match(subject=ast.Name(id=name)):
            return name == item
        case ast.Try():
            return True
        case _:
            return isinstance(node, FUNCTIONS)
