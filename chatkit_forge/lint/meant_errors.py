"""Errors whose text is meant for whoever sent the request."""

import ast

from .module import Module
from .project import Project

_MEANT = frozenset({
    "ValidationError", "NotFoundError", "JSONDecodeError", "HTTPException",
    "RequestValidationError", "StreamError", "CustomStreamError", "BaseStreamError",
})  # fmt: skip


def is_meant(project: Project, module: Module, kind: ast.expr | None) -> bool:
    """Say whether only an error is caught whose text is meant for whoever sent the request."""
    if isinstance(kind, ast.Tuple):
        return all(is_meant(project, module, each) for each in kind.elts)
    return kind is not None and (
        error_name(module, kind) in _MEANT or is_own(project, module, kind)
    )


def is_own(project: Project, module: Module, kind: ast.expr) -> bool:
    """Say whether an error is the project's own: it wrote the text, for whom it knows."""
    name = module.names.resolve(kind)
    if name is None or isinstance(kind, ast.Constant):
        return False
    if project.find_class(name, module) is not None:
        return True
    return project.module(name.rpartition(".")[0], module) is not None


def error_name(module: Module, kind: ast.expr | None) -> str:
    """Return the last part of the name of an error, "" where none is named."""
    name = module.names.resolve(kind) if kind is not None else None
    return (name or "").rpartition(".")[2]
