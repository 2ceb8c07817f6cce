"""What binds a name besides an import: classes, parameters and assignments, scope by scope."""

import ast
from collections.abc import Mapping, Sequence

from .annotations import all_parameters
from .module import FUNCTIONS, Function, Module, within

_Scope = ast.Module | Function
_SCOPES = (*FUNCTIONS, ast.Module)
_BINDING = (ast.Name, ast.ClassDef, *FUNCTIONS, ast.MatchAs, ast.MatchStar)


def binders(module: Module, scope: _Scope) -> Mapping[str, Sequence[ast.AST]]:
    """Return what binds each name of a function or of the module itself."""
    key = ("binders", scope)
    if key not in module.known:
        module.known[key] = _binders(scope)
    return module.known[key]


def _binders(scope: _Scope) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    if isinstance(scope, FUNCTIONS):
        for parameter in all_parameters(scope.args):
            found.setdefault(parameter.arg, []).append(parameter)
    for node in within(scope, *_BINDING, nested=False):
        match node:
            case ast.Name(id=name, ctx=context):
                if isinstance(context, ast.Store):
                    found.setdefault(name, []).append(node)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.setdefault(name, []).append(node)
            case ast.AsyncFunctionDef(name=name):
                found.setdefault(name, []).append(node)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.setdefault(name, []).append(node)
            case _:
                continue
    return found


def bound_by(module: Module, node: ast.Name) -> Sequence[ast.AST]:
    """Return what binds a name where it is read, imports aside; nothing for an imported one."""
    if node.id not in _bound(module):
        return ()  # as most names that are imported, or Python's own
    parents = module.parents
    parent = parents.get(node)
    while parent is not None:
        if isinstance(parent, _SCOPES):
            found = binders(module, parent).get(node.id)
            if found:
                return found
        parent = parents.get(parent)
    return ()


def _bound(module: Module) -> set[str]:
    """Return every name that anything in a module binds, imports aside."""
    key = ("bound", None)
    if key not in module.known:
        found = {n.id for n in module.nodes(ast.Name) if isinstance(n.ctx, ast.Store)}
        found.update([each.arg for each in module.nodes(ast.arg)])
        found.update([each.name for each in module.nodes(ast.ClassDef, *FUNCTIONS)])
        found.update([each.name or "" for each in module.nodes(ast.MatchAs, ast.MatchStar)])
        module.known[key] = found
    return module.known[key]


def value_of(module: Module, node: ast.Name) -> ast.expr | None:
    """Return what a name was given by its one assignment, None when more than that binds it."""
    found = bound_by(module, node)
    if len(found) != 1 or not isinstance(found[0], ast.Name):
        return None
    match module.parents.get(found[0]):
        case ast.Assign(targets=[ast.Name()], value=value):
            return value
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            return value
        case _:
            return None


def root(node: ast.expr) -> ast.Name | None:
    """Return the name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None
