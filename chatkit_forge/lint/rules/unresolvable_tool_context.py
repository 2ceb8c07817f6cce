"""CKF306."""

import ast
import builtins

from ..agents_run import function_named
from ..annotations import all_parameters
from ..module import Function, within
from ..named_uses import calls
from ..rule import Rule

_TOOL = frozenset({"agents.function_tool", "agents.tool.function_tool"})


class UnresolvableToolContext(Rule):
    """Find tools whose annotations cannot be resolved when the decorator reads them.

    `function_tool` evaluates the annotations while the module is being imported. A name that is
    imported under TYPE_CHECKING only, or defined further down, raises NameError then.

    Bad:
        from __future__ import annotations

        from typing import TYPE_CHECKING, Any

        from agents import RunContextWrapper, function_tool
        from chatkit.agents import AgentContext

        if TYPE_CHECKING:
            from app.context import RequestContext


        @function_tool
        async def whoami(ctx: RunContextWrapper[AgentContext[RequestContext]]) -> str:
            return str(ctx.context.request_context)

    Good:
        from typing import Any

        from agents import RunContextWrapper, function_tool
        from chatkit.agents import AgentContext


        @function_tool
        async def whoami(ctx: RunContextWrapper[Any]) -> str:
            context: AgentContext[Any] = ctx.context
            return str(context.request_context)

    Source: agents.function_schema resolves hints with typing.get_type_hints().
    """

    code = "CKF306"
    name = "unresolvable-tool-context"
    message = "{name} is not defined when function_tool reads this annotation"
    hint = "annotate with RunContextWrapper[Any], or import {name} at run time"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look at a tool."""
        self._look(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at a tool."""
        self._look(node)

    def visit_module(self) -> None:
        """Look at what is made a tool by a call: `function_tool(search)`."""
        if not _TOOL.isdisjoint(calls(self.module)):
            for node in self.module.nodes(ast.Call):
                self._called(node)

    def _called(self, node: ast.Call) -> None:
        func = node.func.func if isinstance(node.func, ast.Call) else node.func
        if not self._is_tool(func) or not node.args:
            return
        function = function_named(self.project, self.module, node.args[0])
        if function is not None and function in self._own():
            outer = self.module.function_of(node)
            if outer is None:
                self._report(function, self._late(node))
            else:
                inner = self.module.function_of(function)
                known = self._inner(inner) if inner is not None else set[str]()
                self._report(function, known | self._late(node, runs_later=True))

    def _own(self) -> set[ast.AST]:
        return {*self.module.nodes(ast.FunctionDef), *self.module.nodes(ast.AsyncFunctionDef)}

    def _look(self, function: Function) -> None:
        if not any(self._is_tool(decorator) for decorator in function.decorator_list):
            return
        outer = self.module.function_of(function)
        if outer is None:
            if self.module.class_of(function) is not None:
                return
            missing = self._late(function)
        else:
            missing = self._inner(outer) | self._late(outer, runs_later=True)
        self._report(function, missing)

    def _report(self, function: Function, missing: set[str]) -> None:
        """Report the first annotation of a tool that names what is not there then."""
        for parameter in all_parameters(function.args):
            for name in _names(parameter.annotation):
                if name in missing or not self._is_bound(function, name):
                    self.report(parameter, name=name)
                    return
        for name in _names(function.returns):
            if name in missing or not self._is_bound(function, name):
                self.report(function, name=name)
                return

    def _is_bound(self, function: Function, name: str) -> bool:
        """Say whether a name is bound anywhere that an annotation may be read from."""
        if self.module.names.stars or hasattr(builtins, name):
            return True
        if name in self.module.names.imported or name in self.module.functions:
            return True
        if name in self.project.classes(self.module):
            return True
        stored = (n for n in self.module.nodes(ast.Name) if isinstance(n.ctx, ast.Store))
        typed = {getattr(each, "name", "") for each in getattr(function, "type_params", ())}
        return name in typed or any(each.id == name for each in stored)

    def _is_tool(self, decorator: ast.expr) -> bool:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = self.module.names.resolve(func) or ""
        return name in _TOOL

    def _inner(self, outer: Function) -> set[str]:
        """Return what only a function around the tool knows: text cannot be resolved with it."""
        lazy = "annotations" in self.module.names.imported
        if not lazy or self.module.names.imported["annotations"] != "__future__.annotations":
            return set()
        found: set[str] = set()
        for node in within(outer, nested=False):
            match node:
                case ast.ClassDef(name=name):
                    found.add(name)
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    found |= {a.asname or a.name.partition(".")[0] for a in aliases}
                case _:
                    continue
        return found

    def _late(self, function: ast.stmt | ast.expr, *, runs_later: bool = False) -> set[str]:
        """Return the names that are bound for type checkers only, or after the function."""
        guarded: set[str] = set()
        bound: set[str] = set(dir(builtins))
        for node in self.module.tree.body:
            target = guarded if _for_checkers(node) else bound
            is_late = not runs_later and node is not function and node.lineno > function.lineno
            if is_late and target is bound:
                if isinstance(node, ast.ClassDef):
                    guarded.add(node.name)
                continue
            for inner in ast.walk(node):
                match inner:
                    case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                        target |= {a.asname or a.name.partition(".")[0] for a in aliases}
                    case ast.ClassDef(name=name):
                        target.add(name)
                    case ast.Name(id=name, ctx=ast.Store()):
                        target.add(name)
                    case _:
                        continue
        return guarded - bound


def _for_checkers(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case _:
            return False


def _names(annotation: ast.expr | None) -> list[str]:
    """Return the names in an annotation, also of one written as a string."""
    if annotation is None:
        return []
    found: list[str] = []
    queue: list[ast.AST] = [annotation]
    for node in queue:
        match node:
            case ast.Name(id=name):
                found.append(name)
            case ast.Constant(value=str(text)):
                try:
                    queue.append(ast.parse(text, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue  # a string that is no type
            case ast.Subscript(value=outer, slice=inner) if _last(outer) in {
                "Annotated", "Literal",
            }:  # fmt: skip
                # What follows the type is no type, nor is what a Literal accepts.
                queue.append(outer)
                if _last(outer) == "Annotated" and isinstance(inner, ast.Tuple):
                    queue.append(inner.elts[0])
            case _:
                queue += ast.iter_child_nodes(node)
    return found


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
