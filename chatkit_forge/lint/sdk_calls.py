"""The calls of a file that may be of the SDK's classes: of a hundred, a handful."""

import ast
from collections.abc import Sequence

from .module import Module
from .named_uses import calls
from .sdk_names import may_be_class


def sdk_calls(module: Module) -> Sequence[ast.Call]:
    """Return the calls of what `named` could know, or of a part of it: `Page[ThreadItem]()`."""
    key = ("calls of the SDK", None)
    if key not in module.known:
        found: list[ast.Call] = []
        for name, nodes in calls(module).items():
            if name.startswith("chatkit") or may_be_class(name):
                found += nodes
        found += [n for n in calls(module).get("", ()) if isinstance(n.func, ast.Subscript)]
        module.known[key] = found
    return module.known[key]
