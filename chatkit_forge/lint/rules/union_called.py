"""CKF104."""

import ast

from ..named_uses import attributes, function_calls
from ..rule import Rule
from ..sdk_calls import sdk_calls
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

    def visit_module(self) -> None:
        """Look at what is called, and at the methods of models, called or handed on."""
        for node in sdk_calls(self.module):
            self._look(node, node.func)
        for node in function_calls(self.module, "map"):
            if node.args:
                self._look(node, node.args[0])
        found = attributes(self.module)
        for name in _OF_MODELS & found.keys():
            for node in found[name]:
                self._look(node, node.value)

    def _look(self, node: ast.AST, called: ast.expr) -> None:
        union = named(self.sdk, self.module, called)
        members = self.sdk.unions.get(union or "")
        if union is None or members is None:
            return
        shown = ", ".join(members[:3]) + (", ..." if len(members) > 3 else "")
        self.report(node, union=union.rpartition(".")[2], members=shown)
