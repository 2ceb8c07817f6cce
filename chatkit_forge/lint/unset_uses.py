"""Where connections that begin as None are handed on, and what opens them before they are used."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import cast

from .classes import Class
from .first_values import stored
from .minding_none import minds, name_of
from .module import Function, Module, within
from .named_uses import attributes
from .stores import repository
from .values import bindings


class Handed:
    """Hold what may be None in a class or a module, and where it is handed on."""

    def __init__(self, owner: Class | None, module: Module, names: frozenset[str]) -> None:
        """Take the class or the module, and the names of what begins as None there."""
        self.owner = owner
        self.module = module
        self.names = names

    @cached_property
    def _answering(self) -> frozenset[str]:
        """Return the names of the functions that only answer with a connection."""
        owners = self.owner.lineage if self.owner is not None else ()
        functions = [*(f for each in owners for f in each.own.values())]
        functions += self.module.functions.values()
        return frozenset(each.name for each in functions if name_of(_answer(each)) in self.names)

    @cached_property
    def _named(self) -> frozenset[ast.AST]:
        """Return what stands around the names of connections, and of what answers with one."""
        found = attributes(self.module)
        nodes: list[ast.AST] = [n for name in self._answering for n in found.get(name, ())]
        for word in {name.rpartition(".")[2] for name in self.names}:
            nodes += [n for n in found.get(word, ()) if name_of(n) in self.names]
        plain = self.names | (self._answering & self.module.functions.keys())
        plain = frozenset(name for name in plain if "." not in name)
        nodes += [n for n in self.module.nodes(ast.Name) if n.id in plain] if plain else []
        return frozenset(outer for node in nodes for outer in self.module.ancestors(node))

    def is_named_in(self, function: Function) -> bool:
        """Say whether a function may reach a connection at all."""
        return function in self._named

    def source(self, node: ast.AST, aliases: Mapping[str, str]) -> str | None:
        """Return the connection that an expression is, as it was stored, None for any other."""
        name = name_of(node)
        if name is not None and name in aliases:
            return aliases[name] or None
        if name is not None and name in self.names:
            return name
        function: Function | None = None
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                function = self._method(attr, is_property=True)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=attr)):
                function = self._method(attr, is_property=False)
            case ast.Call(func=ast.Name(id=called)):
                function = self.module.functions.get(called)
                function = function if function and not function.decorator_list else None
            case _:
                pass
        given = name_of(_answer(function)) if function is not None else None
        return given if given in self.names else None

    def _method(self, name: str, *, is_property: bool) -> Function | None:
        found = self.owner.method(name) if self.owner is not None else None
        if found is None:
            return None
        marks = [getattr(each, "id", "") for each in found[0].decorator_list]
        return found[0] if marks == (["property"] if is_property else []) else None

    def aliases(self, function: Function) -> Mapping[str, str]:
        """Return the local names that are only ever another name for a connection."""
        found: dict[str, str] = {}
        for name, values in bindings(self.module, function).items():
            match values:
                case [ast.expr() as value]:
                    source = self.source(value, {})
                    if source is not None:
                        found[name] = source
                case _:
                    continue
        own = bindings(self.module, function).keys() - found.keys()
        declared = {n for g in within(function, ast.Global) for n in getattr(g, "names", ())}
        # Another thing of that name is none of the module's.
        return {**found, **dict.fromkeys((own & self.names) - declared, "")}

    def is_blind(self, decorator: Function) -> bool:
        """Say whether a decorator of the project does nothing about a connection."""
        for node in within(decorator, ast.Attribute):
            attr = getattr(node, "attr", "")
            if f".{attr}" in self.names:
                return False
            if self.owner is not None and self.owner.method(attr) is not None:
                return False
        return not any(
            isinstance(node, ast.Name) and node.id in {"getattr", "hasattr"}
            for node in within(decorator, ast.Name)
        )

    def is_opened(self, call: ast.Call, function: Function, names: set[str], depth: int) -> bool:
        """Say whether a call runs something that thinks of None, or cannot be seen."""
        match call.func:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                if f".{attr}" in names or self.owner is None:
                    return False
                method = self.owner.method(attr)
                if method is None:
                    return not self._is_given(attr)
                if method[0] is function or self.source(call, {}) is not None:
                    return False
                return self._opens(method[0], method[1].module, names, depth)
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="self"), attr=held), attr=attr
            ):
                near = {n.removeprefix(f".{held}") for n in names if n.startswith(f".{held}.")}
                helper = repository(self.owner, self.module, held) if self.owner and near else None
                method = helper.method(attr) if helper is not None else None
                return method is not None and minds(method[1].module, method[0], near, None)
            case ast.Name(id=name) if name in self.module.functions:
                other = self.module.functions[name]
                return other is not function and self._opens(other, self.module, names, depth)
            case _:
                return False

    def asks_property(self, function: Function, names: set[str], before: ast.AST) -> bool:
        """Say whether a function reads a property, before a node, that thinks of None."""
        for node in within(function, ast.Attribute):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=attr) if self.owner is not None:
                    found = self.owner.method(attr)
                    if (
                        found is not None
                        and found[0] is not function
                        and node.lineno <= getattr(before, "lineno", 0)
                        and minds(found[1].module, found[0], names, None)
                        and any(getattr(d, "id", "") == "property" for d in found[0].decorator_list)
                    ):
                        return True
                case _:
                    continue
        return False

    def _is_given(self, attribute: str) -> bool:
        """Say whether something that is called is a value given to the object, no method."""
        owner = self.owner
        begun = owner.method("__init__") if owner is not None else None
        return begun is not None and attribute in stored(begun[0])

    def _opens(self, function: Function, module: Module, names: set[str], depth: int) -> bool:
        if minds(module, function, names, None):
            return True
        return depth > 0 and any(
            self.is_opened(cast("ast.Call", call), function, names, depth - 1)
            for call in within(function, ast.Call)
        )

    def callers(self, function: Function) -> Iterator[tuple[Function, ast.Call]]:
        """Yield the methods of the same object that call one, and where."""
        for other in self.owner.own.values() if self.owner is not None else ():
            for call in within(other, ast.Call):
                match call:
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                        if name == function.name and other is not function:
                            yield other, call
                    case _:
                        continue


def _answer(function: Function) -> ast.expr | None:
    """Return the one thing that a function does nothing but return, None for any other."""
    answer: ast.Return | None = None
    for each in function.body:
        if _is_docstring(each):
            continue
        if answer is not None or not isinstance(each, ast.Return):
            return None
        answer = each
    return answer.value if answer is not None else None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
