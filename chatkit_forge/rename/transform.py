"""The visitor that replaces names, types, settings and the owner's path in one go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from ..access import USER_ID
from ..errors import OurFault
from . import motor

if TYPE_CHECKING:
    from ..options import StoreClass
    from . import Renames
    from .imports import Imports

CONTEXT = "RequestContext"
PACKAGE = "app"
TABLE_PREFIX = "chatkit_"
# The store that a server's templates are written for.
STORE_MODULE = "stores.sqlite"
ERRORS_MODULE = "stores.errors"
_MODULES = "application|assistant|attachments|config|context|http|ingest|main|search|server|stores"
_TABLES = "schema_version|owners|threads|items|attachments"


class Transform(cst.CSTTransformer):
    """Rename everything that `Renames` names, and tell `Imports` what the result uses."""

    def __init__(self, names: Renames, imports: Imports, context_type: str) -> None:
        """Prepare the replacements; `context_type` is what the module calls that type."""
        super().__init__()
        self._names = names
        self._imports = imports
        self._type = context_type
        tests = {f"Test{old}": f"Test{new}" for old, new in names.classes.items()}
        self._plain = {**names.classes, **tests}
        words = {**self._plain, CONTEXT: self._type}
        self._words = {old: new for old, new in words.items() if old != new}
        self._pattern = re.compile(
            rf"\b(?:(?P<word>{'|'.join(self._words) or '(?!)'})\b"
            rf"|(?P<package>{PACKAGE}(?=\.(?:{_MODULES})\b)|(?<=python -m ){PACKAGE}\b)"
            rf"|(?P<prefix>{TABLE_PREFIX})(?=(?:{_TABLES})\b))"
        )
        # Names that are no variables: attributes, keyword arguments, parameters.
        self._labels = 0
        # Inside annotations and the first argument of cast(), text is code.
        self._types = 0
        self._functions: list[str] = []
        self._owner_found = False

    def visit_Import(self, node: cst.Import) -> bool:
        """Leave plain imports alone."""
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """Handle the whole statement when leaving it."""
        return False

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        """Point imports at the user's package, its store and its context type."""
        node = updated_node
        code = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
        own = bool(node.relative) or code.partition(".")[0] == PACKAGE
        if not own:
            return node
        if code.rpartition(".")[2] == "context" and not self._names.context.generated:
            context = self._names.context
            if context.module is not None:
                alias = "" if self._type == context.expression else self._type
                self._imports.offer(context.module, context.expression, alias)
            return cst.RemoveFromParent()
        store = self._names.store
        if store is not None and code.removeprefix(f"{PACKAGE}.") == STORE_MODULE:
            return self._import_from(node, store.module).with_changes(names=[self._store(store)])
        if self._names.errors is not None and code.removeprefix(f"{PACKAGE}.") == ERRORS_MODULE:
            return self._import_from(node, self._names.errors)
        if not node.relative:
            renamed = f"{self._names.package}{code.removeprefix(PACKAGE)}"
            node = node.with_changes(module=cst.parse_expression(renamed))
        if isinstance(node.names, cst.ImportStar):
            return node
        return node.with_changes(names=[self._alias(alias) for alias in node.names])

    def _store(self, store: StoreClass) -> cst.ImportAlias:
        """Return what to import, under another name where the module has taken its own."""
        called = self._names.classes.get("SqliteStore", store.name)
        alias = cst.AsName(cst.Name(called)) if called != store.name else None
        return cst.ImportAlias(cst.Name(store.name), alias)

    def _import_from(self, node: cst.ImportFrom, module: str) -> cst.ImportFrom:
        """Import from the user's module, by a relative path where it is in the package."""
        inside = module.removeprefix(f"{self._names.package}.")
        relative = bool(node.relative) and inside != module
        return node.with_changes(
            module=cst.parse_expression(inside if relative else module),
            relative=node.relative if relative else (),
        )

    def _alias(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        new = self._plain.get(alias.evaluated_name)
        return alias if new is None else alias.with_changes(name=cst.Name(new))

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Do not enter `settings.x` where something stands in for it."""
        return self._setting(node) is None

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Put in what stands in for `settings.x`."""
        replacement = self._setting(original_node)
        return updated_node if replacement is None else self._code(replacement)

    def _setting(self, node: cst.Attribute) -> str | None:
        match node:
            case cst.Attribute(value=cst.Name(value="settings"), attr=cst.Name(value=name)):
                return self._names.settings.get(name)
            case _:
                return None

    def visit_Attribute_attr(self, node: cst.Attribute) -> None:
        """Enter a name that is no variable."""
        self._labels += 1

    def leave_Attribute_attr(self, node: cst.Attribute) -> None:
        """Leave it."""
        self._labels -= 1

    def visit_Arg_keyword(self, node: cst.Arg) -> None:
        """Enter a name that is no variable."""
        self._labels += 1

    def leave_Arg_keyword(self, node: cst.Arg) -> None:
        """Leave it."""
        self._labels -= 1

    def visit_Param_name(self, node: cst.Param) -> None:
        """Enter a name that is no import."""
        self._labels += 1

    def leave_Param_name(self, node: cst.Param) -> None:
        """Leave it."""
        self._labels -= 1

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        """Rename the class and the context's type; note what is used."""
        name = updated_node.value
        if self._labels:
            return updated_node
        if name == CONTEXT and self._type != CONTEXT:
            return self._code(self._type)
        if self._names.motor and name in motor.CLASSES:
            self._imports.need(motor.MODULE, motor.CLASSES[name])
            return updated_node.with_changes(value=motor.CLASSES[name])
        new = self._plain.get(name, name)
        self._imports.use(new)
        return updated_node if new == name else updated_node.with_changes(value=new)

    def visit_Annotation(self, node: cst.Annotation) -> None:
        """Enter a type."""
        self._types += 1

    def leave_Annotation(
        self, original_node: cst.Annotation, updated_node: cst.Annotation
    ) -> cst.Annotation:
        """Leave it."""
        self._types -= 1
        return updated_node

    def visit_Call(self, node: cst.Call) -> bool:
        """Read the quoted type of a cast; do not enter the owner's path."""
        match node:
            case cst.Call(
                func=cst.Name(value="cast"), args=[cst.Arg(cst.SimpleString() as text), *_]
            ):
                if self._is_owner(node):
                    return False
                self._imports.use_text(text.raw_value)
            case _:
                pass  # any other call holds no quoted type
        return True

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Put in the owner's path."""
        if not self._is_owner(original_node):
            return updated_node
        self._owner_found = True
        return self._code(self._names.access.expression())

    def _is_owner(self, node: cst.Call) -> bool:
        """Say whether this is `cast("object", context["user_id"])` in `_owner`."""
        match node.args:
            case [_, cst.Arg(value=cst.Subscript(value=cst.Name(value="context")))]:
                return self._functions[-1:] == ["_owner"]
            case _:
                return False

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        """Read the owner, where its text is needed, the way the user's type has it."""
        # A store reads its owner in `_owner` alone.
        serves = self._names.store is not None and self._names.access != USER_ID
        if not serves or not _is_plain_owner(original_node):
            return updated_node
        value = self._names.access.value()
        return self._code(f"({value})" if " if " in value else value)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """Enter a function."""
        self._functions.append(node.name.value)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Let the test build a context of the user's type; see that no owner was overlooked."""
        name = self._functions.pop()
        if name == "_owner" and not self._owner_found:
            raise OurFault("the template's _owner() does not read the owner as expected")
        return updated_node

    def visit_Return(self, node: cst.Return) -> bool:
        """Do not enter the example of a context that is replaced, nor how a server makes one."""
        return not (self._is_example() or self._is_made())

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:
        """Put in a context that has its owner where the user's type has it."""
        if self._is_made():
            return updated_node.with_changes(value=self._code(self._made()))
        if not self._is_example():
            return updated_node
        access, context = self._names.access, self._names.context
        value = access.example("owner")
        if access.has_attributes:
            self._imports.need("types", "SimpleNamespace")
        if context.generated or context.module is not None or access.has_attributes:
            # Only the owner is filled in: the suite looks at nothing else.
            value = f'cast("{self._type}", {value})'
            self._imports.need("typing", "cast")
        return updated_node.with_changes(value=self._code(value))

    def _is_made(self) -> bool:
        """Say whether this is in `request_context`, and makes another context than ours."""
        return bool(self._names.access.made) and self._functions[-1:] == ["request_context"]

    def _made(self) -> str:
        expression, made = self._names.context.expression, self._names.access.made
        called = made.startswith(f"{expression}(")
        return f"{self._type}{made.removeprefix(expression)}" if called else made

    def _is_example(self) -> bool:
        """Say whether this is in `make_context`, and another context than ours is asked for."""
        names = self._names
        # The template's own example is a plain, typed dictionary.
        unchanged = names.context.generated and names.access == USER_ID
        return self._functions[-1:] == ["make_context"] and not unchanged

    def leave_AnnAssign(
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        """Set the default of `table_prefix` in config.py."""
        match original_node:
            case cst.AnnAssign(target=cst.Name(value="table_prefix"), value=cst.SimpleString()):
                return updated_node.with_changes(
                    value=cst.SimpleString(f'"{self._names.table_prefix}"')
                )
            case _:
                return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """Rename what docstrings, messages and quoted types mention."""
        text = self._renamed(updated_node.value)
        if self._types:
            self._imports.use_text(text)
        return updated_node.with_changes(value=text)

    def leave_FormattedStringText(
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.FormattedStringText:
        """Rename what messages mention."""
        return updated_node.with_changes(value=self._renamed(updated_node.value))

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        """Rename what comments mention."""
        return updated_node.with_changes(value=self._renamed(updated_node.value))

    def _renamed(self, text: str) -> str:
        return self._pattern.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        if match["package"]:
            return self._names.package
        if match["prefix"]:
            return self._names.table_prefix
        return self._words[match["word"]]

    def _code(self, code: str) -> cst.BaseExpression:
        """Return the expression, with everything it uses noted."""
        self._imports.use_text(code)
        for module, name in (("typing", "Any"), ("pydantic", "SecretStr")):
            if re.search(rf"\b{name}\b", code):
                self._imports.need(module, name)
        return cst.parse_expression(code)


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
