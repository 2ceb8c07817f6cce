"""Give a rendered template the user's names: one libcst parse a file, no text replacement."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from ..access import USER_ID, Access
from ..options import ContextType, StoreClass
from .imports import Imports
from .transform import Transform


@dataclass(frozen=True, slots=True)
class Renames:
    """Say what replaces the names a template is written with.

    `classes` maps the names in the template to the user's. `settings` maps a field of `settings`
    to the expression that stands in for it; `motor` asks for that driver's classes. `store` is
    where a server's store is imported from, `errors` its StoreUnavailable if not from our own.
    """

    classes: Mapping[str, str]
    package: str
    context: ContextType
    access: Access = USER_ID
    table_prefix: str = "chatkit_"
    motor: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    store: StoreClass | None = None
    errors: str | None = None


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
    return "RequestContext" if name in taken.union(names.classes.values()) else name
