"""The owner's path: where templates read `context["user_id"]`, or make a context that has it."""

import libcst as cst

from ..access import USER_ID
from .imports import Imports
from .names import Renames


class OwnerPath:
    """Tell where a template reads or makes a context's owner, and what stands there instead."""

    def __init__(self, names: Renames, imports: Imports, context_type: str) -> None:
        """Remember the names; `context_type` is what the module calls that type."""
        self._names = names
        self._imports = imports
        self._type = context_type

    def is_read(self, node: cst.Call, function: str) -> bool:
        """Say whether this is `cast("object", context["user_id"])` in `_owner`."""
        match node.args:
            case [_, cst.Arg(value=cst.Subscript(value=cst.Name(value="context")))]:
                return function == "_owner"
            case _:
                return False

    def read(self) -> str:
        """Return the expression that reads the owner, as an object."""
        return self._names.access.expression()

    def text(self, node: cst.Subscript) -> str | None:
        """Return what reads the owner as text in a server; None for any other subscript."""
        # A store reads its owner in `_owner` alone.
        serves = self._names.store is not None and self._names.access != USER_ID
        if not serves or not _is_plain_owner(node):
            return None
        value = self._names.access.value()
        return f"({value})" if " if " in value else value

    def context(self, function: str) -> str | None:
        """Return the context that this function makes instead of the template's, if it does."""
        access, context = self._names.access, self._names.context
        if function == "request_context" and access.made:
            for module, name, alias in access.imports:
                self._imports.offer(module, name, alias)
            called = access.made.startswith(f"{context.expression}(")
            rest = access.made.removeprefix(context.expression)
            return f"{self._type}{rest}" if called else access.made
        # The template's own example is a plain, typed dictionary.
        unchanged = context.generated and access == USER_ID
        return self._example() if function == "make_context" and not unchanged else None

    def _example(self) -> str:
        """Return a context for a test, with everything it uses noted."""
        access, context = self._names.access, self._names.context
        value = access.example("owner")
        if access.has_attributes:
            self._imports.need("types", "SimpleNamespace")
        if context.generated or context.module is not None or access.has_attributes:
            # Only the owner is filled in: the suite looks at nothing else.
            value = f'cast("{self._type}", {value})'
            self._imports.need("typing", "cast")
        return value


def _is_plain_owner(node: cst.Subscript) -> bool:
    """Say whether this is `context["user_id"]`."""
    match node:
        case cst.Subscript(
            value=cst.Name(value="context"),
            slice=[cst.SubscriptElement(cst.Index(cst.SimpleString() as key))],
        ):
            return key.raw_value == "user_id"
        case _:
            return False
