"""Give a rendered template the user's names: one libcst parse a file, no text replacement."""

import ast

import libcst as cst

from .imports import Imports
from .names import CONTEXT, Renames
from .transform import Transform

__all__ = ["Renames", "rename"]


def rename(source: str, names: Renames) -> cst.Module:
    """Return the tree of `source` with the user's names, and without imports left unused."""
    module = cst.parse_module(source)
    imports = Imports()
    changed = cst.ensure_type(
        module.visit(Transform(names, imports, _type(source, names))), cst.Module
    )
    return imports.settle(changed)


def _type(source: str, names: Renames) -> str:
    """Return what the module calls the context's type: its own name, unless that is taken."""
    name = names.context.expression
    if names.context.module is None:
        return name
    taken: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=used) | ast.ClassDef(name=used) | ast.FunctionDef(name=used):
                taken.add(used)
            case ast.alias(name=used, asname=alias):
                taken.add(alias or used)
            case _:
                pass  # attributes and arguments do not clash with a type
    return CONTEXT if name in taken.union(names.classes.values()) else name
