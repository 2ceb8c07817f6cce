"""CKF110."""

import ast

from ..module import Function, within
from ..named_uses import attributes
from ..names import last_name
from ..rule import Rule
from ..sdk_names import named
from ..values import class_around

_PAGES = frozenset({"load_thread_items"})
# Fields that only some of the item types have.
_NOT_ALL = frozenset({"content", "widget", "workflow", "task", "call_id", "output", "attachments"})
_PAGE, _ITEMS, _ITEM = "page", "items", "item"
# Before one of these: a dictionary of such.
_HELD = "held "
_MAPPINGS = frozenset({"dict", "Dict", "defaultdict", "OrderedDict", "Mapping", "MutableMapping"})
# What goes over every item of a thread.
_ALL = frozenset({"_paginate_thread_items_reverse"})
_BINDING = (
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension
)  # fmt: skip
_SEQUENCES = frozenset({
    "list", "List", "Sequence", "Iterable", "Iterator", "AsyncIterator", "tuple", "Collection",
})  # fmt: skip
# Calls that are given an item and do not care what it is.
_NO_CHECKS = frozenset({"append", "add", "str", "repr", "print", "len", "bool", "id", "debug"})


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
        """Look at a function that takes items."""
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a coroutine that loads items, or takes them."""
        self._function(node)

    def _function(self, function: Function) -> None:
        # Most files read no such field at all.
        if _NOT_ALL.isdisjoint(attributes(self.module)):
            return
        read = within(function, ast.Attribute)
        if not any(isinstance(each, ast.Attribute) and each.attr in _NOT_ALL for each in read):
            return
        seen = self._declared(function)
        for inner in within(function, *_BINDING):
            match inner:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._bind(seen, name, value)
                case (
                    ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                    | ast.NamedExpr(target=ast.Name(id=name), value=value)
                ):
                    self._bind(seen, name, value)
                case (
                    ast.For(target=ast.Name(id=name), iter=source)
                    | ast.AsyncFor(target=ast.Name(id=name), iter=source)
                ) if self._is(seen, source) == _ITEMS:
                    self._look(function, name, inner)
                case ast.For(
                    target=ast.Tuple(elts=[_, ast.Name(id=name)]),
                    iter=ast.Call(func=ast.Name(id="enumerate"), args=[source, *_]),
                ) if self._is(seen, source) == _ITEMS:
                    self._look(function, name, inner)
                case ast.comprehension(target=ast.Name(id=name), iter=source) if (
                    self._is(seen, source) == _ITEMS
                ):
                    self._look(function, name, self.module.parents[inner])
                case (
                    ast.For(target=target, iter=source)
                    | ast.AsyncFor(target=target, iter=source)
                    | ast.comprehension(target=target, iter=source)
                ):
                    self._go_over(seen, target, source)
                case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=value):
                    if self._is(seen, value) == _ITEMS:
                        seen[name] = _ITEM
                case _:
                    continue
        self._mapped(function, seen)
        for name, kind in seen.items():
            if kind == _ITEM:
                self._look(function, name, function)
        for inner in within(function, ast.Attribute):
            match inner:
                case ast.Attribute(value=ast.Subscript() as item, attr=field):
                    if field in _NOT_ALL and self._is(seen, item) == _ITEM:
                        self.report(inner, item=self.module.code(item), field=field)
                case _:
                    continue

    def _go_over(self, seen: dict[str, str], target: ast.expr, source: ast.expr) -> None:
        """Remember what a loop over a store's own dictionary of items goes over."""
        match target, source:
            case ast.Name(id=name), ast.Call(func=ast.Attribute(value=held, attr="values")):
                pass
            case (
                ast.Tuple(elts=[_, ast.Name(id=name)]),
                ast.Call(func=ast.Attribute(value=held, attr="items")),
            ):
                pass
            case ast.Name(id=name), ast.Call(func=ast.Attribute(attr=method)) if method in _ALL:
                seen[name] = _ITEM
                return
            case _:
                return
        kind = self._is(seen, held) or ""
        if kind.startswith(_HELD):
            seen[name] = kind.removeprefix(_HELD)

    def _mapped(self, function: Function, seen: dict[str, str]) -> None:
        """Look at what `map` and the like do with each item."""
        for node in within(function, ast.Call):
            match node:
                case ast.Call(
                    func=ast.Name(id="map"), args=[ast.Lambda(args=taken) as each, source, *_]
                ) if taken.args and self._is(seen, source) == _ITEMS:
                    self._look(function, taken.args[0].arg, each)
                case _:
                    continue

    def _attribute(self, node: ast.Attribute) -> str | None:
        """Return what a class declares an attribute of its own to hold."""
        owner = class_around(self.project, self.module, node)
        for each in owner.lineage if owner is not None else ():
            if each.module is not self.module:
                continue
            for line in within(each.node, ast.AnnAssign):
                match line:
                    case ast.AnnAssign(
                        target=ast.Attribute(value=ast.Name(id="self"), attr=name)
                        | ast.Name(id=name),
                        annotation=kind,
                    ) if name == node.attr and self.module.class_of(line) is each.node:
                        return self._kind(kind)
                    case _:
                        continue
        return None

    def _declared(self, function: Function) -> dict[str, str]:
        """Return the parameters that are declared to be any item of a thread, or several."""
        found: dict[str, str] = {}
        for argument in (*function.args.args, *function.args.kwonlyargs):
            if argument.annotation is not None:
                kind = self._kind(argument.annotation)
                if kind is not None:
                    found[argument.arg] = kind
        return found

    def _kind(self, annotation: ast.expr) -> str | None:
        match annotation:
            case ast.Name() | ast.Attribute():
                full = named(self.sdk, self.module, annotation)
                return _ITEM if full == "chatkit.types.ThreadItem" else None
            case ast.Subscript(
                value=ast.Name(id=outer) | ast.Attribute(attr=outer),
                slice=ast.Tuple(elts=[_, inner]),
            ) if outer in _MAPPINGS:
                kind = self._kind(inner)
                return f"{_HELD}{kind}" if kind is not None else None
            case ast.Subscript(value=outer, slice=inner) if self._kind(inner) == _ITEM:
                name = (self.module.names.resolve(outer) or "").rpartition(".")[2]
                return _PAGE if name == "Page" else _ITEMS if name in _SEQUENCES else None
            case _:
                return None

    def _bind(self, seen: dict[str, str], name: str, value: ast.expr) -> None:
        kind = self._is(seen, value)
        if kind is not None:
            seen[name] = kind
        else:
            seen.pop(name, None)  # from here on it is something else

    def _is(self, seen: dict[str, str], value: ast.expr) -> str | None:
        """Say whether an expression is a page of items, items, or one of them."""
        match value:
            case ast.Name(id=name):
                return seen.get(name)
            case ast.Await(value=ast.Call(func=ast.Attribute(value=owner, attr=method))):
                if method in _PAGES:
                    return _PAGE
                if method == "load_item":
                    return _ITEM
                is_self = isinstance(owner, ast.Name) and owner.id == "self"
                return self._returned(value, method) if is_self else None
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=method)):
                return self._returned(value, method)
            case ast.Attribute(value=ast.Name(id="self")):
                return self._attribute(value)
            case (
                ast.Subscript(value=inner)
                | ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault" | "pop"))
            ) if (self._is(seen, inner) or "").startswith(_HELD):
                return (self._is(seen, inner) or "").removeprefix(_HELD)
            case ast.Attribute(value=inner, attr="data"):
                return _ITEMS if self._is(seen, inner) == _PAGE else None
            case ast.Call(func=ast.Name(id="reversed" | "list" | "sorted" | "tuple"), args=args):
                return self._is(seen, args[0]) if args else None
            case ast.Subscript(value=inner, slice=index) if self._is(seen, inner) == _ITEMS:
                return _ITEMS if isinstance(index, ast.Slice) else _ITEM
            case ast.BoolOp(op=ast.Or(), values=[first, *_]):
                return self._is(seen, first)
            case _:
                return None

    def _returned(self, node: ast.AST, name: str) -> str | None:
        """Return what a method of the class declares to return."""
        owner = self.module.class_of(node)
        found = self.project.classes(self.module).get(owner.name) if owner else None
        method = found.method(name) if found else None
        if method is None or method[1].module is not self.module or method[0].returns is None:
            return None
        return self._kind(method[0].returns)

    def _look(self, function: Function, item: str, region: ast.AST) -> None:
        if any(_checks(node, item) for node in within(function)):
            return
        for node in within(region, ast.Attribute):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=field, ctx=ast.Load()):
                    if name == item and field in _NOT_ALL:
                        self.report(node, item=item, field=field)
                        return
                case _:
                    continue


def _checks(node: ast.AST, item: str) -> bool:
    """Say whether a node looks at what kind of item it is, or hands it on to who may."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="type" | "__class__"):
            return name == item
        case ast.Call(func=ast.Name(id="cast"), args=[_, ast.Name(id=name)]):
            return name == item
        case ast.Call(func=func, args=[ast.Name(id=name), *_]) if name == item:
            return last_name(func) not in _NO_CHECKS
        case ast.Match(subject=ast.Name(id=name)):
            return name == item
        case ast.ExceptHandler(type=kind):
            # Whoever catches AttributeError has thought of it.
            return kind is None or _catches(kind)
        case _:
            return False


def _catches(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(
        last_name(each) in {"AttributeError", "Exception", "BaseException"} for each in kinds
    )
