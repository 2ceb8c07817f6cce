"""CKF104."""

import ast

from ..rule import Rule
from ..sdk_names import definition


class UnionCalled(Rule):
    """Find calls of names that look like classes and are unions of types.

    `ThreadItem`, `Attachment` and `UserMessageContent` only say which classes are meant; calling
    one raises TypeError. To make one from stored data, ask a TypeAdapter.

    Bad:
        from chatkit.types import ThreadItem


        def item(data: dict[str, str]) -> ThreadItem:
            return ThreadItem(**data)

    Good:
        from chatkit.types import ThreadItem
        from pydantic import TypeAdapter

        ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


        def item(data: dict[str, str]) -> ThreadItem:
            return ITEMS.validate_python(data)

    Source: the aliases of the installed chatkit.types.
    """

    code = "CKF104"
    name = "union-called"
    message = "{union} is a union of types, not a class: calling it raises TypeError"
    hint = "call one of {members}, or TypeAdapter({union}).validate_python(...)"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what is called."""
        full = definition(self.sdk, self.module.names.resolve(node.func))
        union = self._union(full, node.func)
        if union is not None:
            members = self.sdk.unions[union]
            shown = ", ".join(members[:3]) + (", ..." if len(members) > 3 else "")
            self.report(node, union=union.rpartition(".")[2], members=shown)

    def _union(self, full: str | None, func: ast.expr) -> str | None:
        """Return the union that is called, itself or one of its methods."""
        if full in self.sdk.unions:
            return full
        if isinstance(func, ast.Attribute):
            full = definition(self.sdk, self.module.names.resolve(func.value))
            return full if full in self.sdk.unions else None
        return None
