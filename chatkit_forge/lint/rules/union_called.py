"""CKF104."""

import ast

from ..rule import Rule
from ..sdk_names import named

# What a pydantic model can be asked, and a union cannot.
_OF_MODELS = frozenset({
    "model_validate", "model_validate_json", "model_construct", "model_json_schema",
    "model_fields", "parse_obj", "parse_raw", "construct", "from_orm", "schema",
})  # fmt: skip


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
        """Look at what is called, and at what `map` calls."""
        union = self._union(node.func)
        if union is None and isinstance(node.func, ast.Name) and node.func.id == "map":
            union = self._union(node.args[0]) if node.args else None
        if union is not None:
            self._say(node, union)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Look at the methods of models, called or handed on."""
        if node.attr in _OF_MODELS:
            union = self._union(node.value)
            if union is not None:
                self._say(node, union)

    def _union(self, node: ast.expr) -> str | None:
        full = named(self.sdk, self.module, node)
        return full if full in self.sdk.unions else None

    def _say(self, node: ast.AST, union: str) -> None:
        members = self.sdk.unions[union]
        shown = ", ".join(members[:3]) + (", ..." if len(members) > 3 else "")
        self.report(node, union=union.rpartition(".")[2], members=shown)
