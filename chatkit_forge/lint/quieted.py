"""Decorators and context managers of the project that let an error go no further."""

import ast
from collections.abc import Iterator

from .around import handled
from .classes import Class
from .module import FUNCTIONS, Function, Module, within
from .names import last_name
from .stores import called_function

_ANY = frozenset({"Exception", "BaseException"})


def is_quieted(store: Class, module: Module, node: ast.AST) -> bool:
    """Say whether what ends in an error here runs inside of something that swallows the error."""
    for each in _around(module, node):
        kinds = _swallows(store, module, each)
        raised = _raised(node)
        # What a driver raises is not told apart.
        if kinds and (raised is None or raised in kinds or kinds & _ANY):
            return True
    return False


def _raised(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return None
    return last_name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


def _around(module: Module, node: ast.AST) -> Iterator[ast.expr]:
    """Yield the context managers and decorators that a node runs inside of."""
    inside = node
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            if inside in parent.body:
                yield from (item.context_expr for item in parent.items)
        elif isinstance(parent, FUNCTIONS):
            yield from parent.decorator_list
        inside = parent


def _swallows(store: Class, module: Module, around: ast.expr) -> frozenset[str]:
    """Return the errors that end in a context manager or in a decorator."""
    plain = around.func if isinstance(around, ast.Call) else around
    own = isinstance(plain, ast.Attribute) and isinstance(plain.value, ast.Name)
    found = store.method(last_name(plain)) if own else None
    if found is not None:
        return _swallowed(found[1].module, found[0])
    name = module.names.resolve(plain)
    if name is None:
        return frozenset()
    function = called_function(store, module, last_name(plain))
    if function is not None:
        return _swallowed(function[1], function[0])
    made = store.project.find_class(name, module)
    for leave in ("__exit__", "__aexit__"):
        method = made.method(leave) if made is not None else None
        if method is not None:
            return _let_go(method[0])
    return frozenset()


def _swallowed(module: Module, function: Function) -> frozenset[str]:
    """Return which errors of what it runs a function catches and does not pass on."""
    found: frozenset[str] = frozenset()
    for node in within(function, ast.ExceptHandler):
        if isinstance(node, ast.ExceptHandler) and not within(node, ast.Raise):
            found |= handled(module, node.body[-1]) or frozenset()
    return found


def _let_go(leave: Function) -> frozenset[str]:
    """Return the errors that `__exit__` answers with something other than no."""
    names = {each.id for each in within(leave, ast.Name) if isinstance(each, ast.Name)}
    answers = [each.value for each in within(leave, ast.Return) if isinstance(each, ast.Return)]
    if all(isinstance(each, ast.Constant) and not each.value for each in answers if each):
        return frozenset()
    named = {name for name in names if name[:1].isupper()}
    return frozenset(named or {"Exception"}) if any(answers) else frozenset()
