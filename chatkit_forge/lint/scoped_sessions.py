"""Rows that a session narrows to their owner by itself, whatever statement it is given."""

import ast
import re

from .classes import Class
from .module import Module

# Of SQLAlchemy's sessions, and of packages that do so for Django.
_NARROWS = re.compile(
    r"\b(?:with_loader_criteria|do_orm_execute|before_compile|django_scopes|django_multitenant"
    r"|django_tenants|sqlalchemy_tenants)\b"
)
# The database knows, and is told from a variable of the request's context.
_POLICIES = re.compile(
    r"set_config|current_setting|row level security|create policy|set local", re.I
)


def narrows(store: Class) -> bool:
    """Say whether sessions of the project may know the owner without being told in a method."""
    return any(map(_says_so, store.project.known()))


def _says_so(module: Module) -> bool:
    """Say whether a module narrows sessions; each store of a project asks this of all of them."""
    key = ("narrows", None)
    if key not in module.known:
        said = _NARROWS.search(module.text) is not None
        module.known[key] = said or _tells_by_itself(module)
    return module.known[key]


def _tells_by_itself(module: Module) -> bool:
    """Say whether a function tells the database who asks, from a variable of the request."""
    if "ContextVar" not in module.text or _POLICIES.search(module.text) is None:
        return False
    for node in module.nodes(ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
                function = module.function_of(node)
                text = module.code(function) if function and name in module.assigned else ""
                if _POLICIES.search(text) is not None:
                    return True
            case _:
                continue
    return False
