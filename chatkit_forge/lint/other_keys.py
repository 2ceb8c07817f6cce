"""Documents of MongoDB that are deleted by a key which none of them has."""

import ast

from .classes import Class
from .document_keys import keys_of
from .module import Function, Module, within
from .put_documents import put_keys

Parts = list[tuple[Function, Module]]


def misses_all(store: Class, parts: Parts) -> bool:
    """Say whether a collection is cleared by a key that nothing the store puts there has.

    `parts` are the method that deletes, and what of the project it calls. Only where each key of
    each document can be seen.
    """
    removals = [
        (module.code(value), node, module)
        for part, module in parts
        for node in within(part, ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(("delete_", "find_one_and_delete"))
        and isinstance(value := node.func.value, ast.Attribute)
    ]
    for place, node, module in removals:
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "delete_many":
            continue
        if [each for each, _, _ in removals].count(place) > 1 or not node.args:
            continue
        wanted = keys_of(module, node.args[0])
        had = put_keys(store, place) if wanted else None
        if wanted and had and any(each.partition(".")[0] not in had for each in wanted):
            return not any(each.startswith("$") for each in wanted)
    return False
