"""Calls of the store's own methods: which argument is which, by position or by name."""

import ast


def argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    """Return the argument given at a position or by that keyword, None when it cannot be seen."""
    if any(isinstance(each, ast.Starred) for each in node.args[: position + 1]):
        return None
    if position < len(node.args):
        return node.args[position]
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
