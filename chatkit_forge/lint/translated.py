"""Whether what is raised may become a NotFoundError on its way: decorators, `with`, `except`."""

import ast

from .missing import translates
from .module import Function, Module
from .project import Project
from .values import called

# Decorators that let every error through.
_HARMLESS = frozenset({"override", "retry", "traced", "trace", "logged", "timed", "instrument"})


def is_translated(project: Project, module: Module, function: Function) -> bool:
    """Say whether a decorator may make NotFoundError of what a function raises."""
    for decorator in function.decorator_list:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (module.names.resolve(func) or "").rpartition(".")[2] in _HARMLESS:
            continue
        made = ast.Call(func=func, args=[], keywords=[])
        module.parents.setdefault(made, function)
        found = called(project, module, made)
        if found is None or translates(found[1], found[0]):
            return True
    return False


def is_tried(project: Project, module: Module, node: ast.AST) -> bool:
    """Say whether what is raised is caught, or a `with` around it makes something of it."""
    return any(
        isinstance(p, ast.Try) or is_managed(project, module, p) for p in module.ancestors(node)
    )


def is_managed(project: Project, module: Module, node: ast.AST) -> bool:
    """Say whether a `with` may make NotFoundError of what is raised in it."""
    for item in node.items if isinstance(node, (ast.With, ast.AsyncWith)) else ():
        if isinstance(item.context_expr, ast.Call):
            if error_name(module, item.context_expr) == "suppress":
                return True
            found = called(project, module, item.context_expr)
            if found is not None and translates(found[1], found[0]):
                return True
    return False


def error_name(module: Module, raised: ast.expr) -> str:
    """Return the last part of what an error, or what makes one, is called."""
    func = raised.func if isinstance(raised, ast.Call) else raised
    return (module.names.resolve(func) or "").rpartition(".")[2]
