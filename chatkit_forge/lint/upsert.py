"""One write that makes an object or replaces what is stored under its key."""

import ast
from dataclasses import dataclass

from .ownership import Ownership


@dataclass(frozen=True, slots=True)
class Upsert:
    """Hold a write; `is_open` where its key is an id alone, `ids` what that was made from."""

    node: ast.AST
    is_open: bool
    ids: frozenset[str] | None = None


def keyed(node: ast.AST, key: list[ast.expr], value: ast.AST, flow: Ownership) -> Upsert:
    """Return a write under a key: an open one, where the owner is in the value alone."""
    ids = {each for part in key for each in flow.ids_in(part)}
    is_open = bool(ids) and not any(flow.is_owned(part) for part in key)
    is_open = is_open and flow.is_owned(value) and bool(flow.ids_in(value))
    return Upsert(node, is_open, frozenset(ids))
