"""Writes of documents that make new ones only, or add to what one holds."""

import ast

from .flow import words_in


def only_inserts(node: ast.Call) -> bool:
    """Say whether a document is only filled where it is new."""
    match node.args:
        case [_, ast.Dict(keys=[ast.Constant(value="$setOnInsert")]), *_]:
            return True
        case _:
            return False


def is_for_new(node: ast.Call) -> bool:
    """Say whether DynamoDB stores an item only where there is none of that key."""
    return any(
        k.arg == "ConditionExpression" and "attribute_not_exists" in words_in(k.value)
        for k in node.keywords
    )


def pushes(node: ast.Call) -> bool:
    """Say whether an update puts something at the end of a list in a document."""
    match node.args:
        case [_, ast.Dict(keys=keys), *_]:
            return any(isinstance(key, ast.Constant) and key.value == "$push" for key in keys)
        case _:
            return False
