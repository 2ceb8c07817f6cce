"""Looks at whose something is, which decide whether a function goes on with it."""

import ast
from collections.abc import Callable, Container, Sequence

from .calls import Callee
from .classes import Class
from .module import Function, Module, within
from .names import last_name
from .ownership import Ownership
from .refusals import finds, is_denied, refuses
from .results import results

_LOGS = frozenset({
    "debug", "info", "warning", "error", "exception", "critical", "log", "print", "isinstance",
    "bind", "incr", "increment", "observe", "span", "record", "track", "note",
})  # fmt: skip
# A row that writes itself checks nothing.
_WRITES = frozenset({"save", "asave"})
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)


class Checks:
    """Say which accesses of a function decide whether it goes on, or are looked at later."""

    def __init__(
        self,
        store: Class,
        module: Module,
        function: Function,
        flow: Ownership,
        data: Container[ast.AST],
    ) -> None:
        """Take a function of a store, how the owner flows in it, and where it asks for data."""
        self.store = store
        self.module, self.function = module, function
        self.flow = flow
        self.data = data

    def is_check(self, node: ast.AST, callees: Callable[[ast.AST], Sequence[Callee]]) -> bool:
        """Say whether nothing after this runs for an id that is not the owner's."""
        if isinstance(node, ast.Call) and node not in self.data:
            name = last_name(node.func)
            if name in _LOGS or name in _WRITES or name[:1].isupper():
                return False
            called = callees(node)
            if called:
                if any(refuses(self.store, each) for each in called):
                    return True
                if not any(finds(self.store, each) for each in called):
                    return False
            elif not self._is_awaited(node):
                return False
            elif isinstance(self._statement(node), (ast.Expr, ast.Return)):
                return True
        return self._decides(node)

    def _is_awaited(self, node: ast.AST) -> bool:
        return isinstance(self.module.parents.get(node), ast.Await)

    def _statement(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.stmt) and node in self.module.parents:
            node = self.module.parents[node]
        return node

    def _decides(self, node: ast.AST) -> bool:
        """Say whether what a look found decides if the method goes on."""
        statement = self._statement(node)
        names = results(self.module, node)
        match statement:
            case ast.If(test=test, body=body) if node is test or node in within(test):
                if isinstance(body[-1], _LEAVES) or not is_denied(test):
                    return True
            case ast.Assert():
                return True
            case _:
                pass
        for each in within(self.function, ast.If, ast.Assert):
            match each:
                case ast.If(test=test, body=body) if each is not statement:
                    if self.flow.tokens(test) & names and (
                        isinstance(body[-1], _LEAVES) or not is_denied(test)
                    ):
                        return True
                case ast.Assert(test=test) if self.flow.tokens(test) & names:
                    return True
                case _:
                    continue
        return False

    def is_later(self, node: ast.AST) -> bool:
        """Say whether what was found is handed on together with the owner."""
        names = results(self.module, node)
        for call in within(self.function, ast.Call) if names else ():
            tokens = self.flow.tokens(call)
            if (
                not tokens.isdisjoint(names)
                and not tokens.isdisjoint(self.flow.direct)
                and call not in self.data
                and isinstance(call, ast.Call)
                and last_name(call.func) not in _LOGS
            ):
                return True
        return False
