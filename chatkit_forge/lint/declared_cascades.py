"""Which modules tell the database, or the session, to delete what belongs to a row."""

import ast
import re

from .flow import words_in
from .module import Module
from .project import Project
from .tables import is_about_tables, known_to

# What makes the database, or the session, delete what belongs to a row.
_CASCADES = re.compile(r"on\s+delete\s+cascade|delete-orphan|(?:before|after)\s+delete\s+on\s")
_OPTIONS = ("cascade", "ondelete", "on_delete", "cascade_delete")


def cascades(project: Project, module: Module) -> bool:
    """Say whether a module, or one that it imports, declares that a deletion takes more along."""
    # All are read before any is looked at: others ask what has been read so far.
    return any(map(_declares, [*known_to(project, module)]))


def _declares(module: Module) -> bool:
    key = ("declares cascades", None)
    if key not in module.known:
        text = module.text.lower()
        module.known[key] = is_about_tables(text) and (
            _in_statements(module) or _in_options(module, text)
        )
    return module.known[key]


def _in_statements(module: Module) -> bool:
    for node in module.nodes(ast.Constant):
        if isinstance(node.value, str) and len(node.value) >= 15:
            lower = node.value.lower()
            if "delete" in lower and _CASCADES.search(lower) is not None:
                return True
    return False


def _in_options(module: Module, text: str) -> bool:
    return any(word in text for word in _OPTIONS) and any(
        node.arg in _OPTIONS and "null" not in words_in(node.value).lower()
        for node in module.nodes(ast.keyword)
    )
