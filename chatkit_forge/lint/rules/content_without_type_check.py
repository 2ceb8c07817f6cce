"""CKF110."""

import ast

from ..module import FUNCTIONS, Function, within
from ..rule import Rule
from ..sdk_names import definition

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

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look at a function that takes an item."""
        self._taken(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a coroutine that loads items, or takes one."""
        self._taken(node)
        pages = _pages(node)
        for inner in within(node, ast.For, ast.AsyncFor, ast.comprehension, ast.Assign):
            match inner:
                case ast.For(target=ast.Name(id=item), iter=source) if _reads(
                    source, pages
                ) or self._gives_items(inner, source):
                    self._look(node, item, inner)
                case ast.comprehension(target=ast.Name(id=item), iter=source) if _reads(
                    source, pages
                ):
                    self._look(node, item, self.module.parents[inner])
                case _:
                    continue

    def _gives_items(self, node: ast.AST, source: ast.expr) -> bool:
        """Say whether a loop goes over what a method of the class declares to be items."""
        match source:
            case ast.Await(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name))
            ):
                owner = self.module.class_of(node)
                found = self.project.classes(self.module).get(owner.name) if owner else None
                method = found.method(name) if found else None
                returns = method[0].returns if method else None
                match returns:
                    case ast.Subscript(value=ast.Name(id="list"), slice=kind):
                        full = definition(self.sdk, self.module.names.resolve(kind))
                        return full == "chatkit.types.ThreadItem"
                    case _:
                        return False
            case _:
                return False

    def _taken(self, function: Function) -> None:
        """Look at the parameters that are declared to be any item of a thread."""
        for argument in (*function.args.args, *function.args.kwonlyargs):
            if argument.annotation is not None:
                name = self.module.names.resolve(argument.annotation)
                if definition(self.sdk, name) == "chatkit.types.ThreadItem":
                    self._look(function, argument.arg, function)

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
