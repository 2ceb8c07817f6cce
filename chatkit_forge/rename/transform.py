"""The visitor that replaces names, types, settings and the owner's path in one go."""

import libcst as cst

from ..errors import OurFault
from . import motor
from .blanks import is_blank
from .imports import Imports
from .names import CONTEXT, Renames
from .own_imports import OwnImports
from .owner_path import OwnerPath
from .words import Words


class Transform(cst.CSTTransformer):
    """Rename everything that `Renames` names, and tell `Imports` what the result uses."""

    def __init__(self, names: Renames, imports: Imports, context_type: str) -> None:
        """Prepare the replacements; `context_type` is what the module calls that type."""
        super().__init__()
        self._names = names
        self._imports = imports
        self._type = context_type
        self._plain = names.identifiers
        self._words = Words(names, context_type)
        self._own = OwnImports(names, imports, context_type)
        self._owner = OwnerPath(names, imports, context_type)
        # Names that are no variables: attributes, keyword arguments, parameters.
        self._labels = 0
        # Inside annotations and the first argument of cast(), text is code.
        self._types = 0
        self._functions = [""]
        self._owner_found = False

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Enter what can hold a name or a comment; of blanks, most nodes, no method hears."""
        return not is_blank(node) and super().on_visit(node)

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        """Look no method up for an attribute that has none."""
        if attribute in _LABELS:
            super().on_visit_attribute(node, attribute)

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        """Look no method up for an attribute that has none."""
        if attribute in _LABELS:
            super().on_leave_attribute(original_node, attribute)

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
        return self._own.renamed(updated_node)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Do not enter `settings.x` where something stands in for it."""
        return self._setting(node) is None

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Put in what stands in for `settings.x`."""
        replacement = self._setting(original_node)
        return updated_node if replacement is None else self._imports.expression(replacement)

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
            return self._imports.expression(self._type)
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
                if self._owner.is_read(node, self._functions[-1]):
                    return False
                self._imports.use_text(text.raw_value)
            case _:
                pass  # any other call holds no quoted type
        return True

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Put in the owner's path."""
        if not self._owner.is_read(original_node, self._functions[-1]):
            return updated_node
        self._owner_found = True
        return self._imports.expression(self._owner.read())

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        """Read the owner, where its text is needed, the way the user's type has it."""
        value = self._owner.text(original_node)
        return updated_node if value is None else self._imports.expression(value)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """Enter a function."""
        self._functions.append(node.name.value)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """See that no owner was overlooked."""
        name = self._functions.pop()
        if name == "_owner" and not self._owner_found:
            raise OurFault("the template's _owner() does not read the owner as expected")
        return updated_node

    def visit_Return(self, node: cst.Return) -> bool:
        """Do not enter a context that is replaced: what it uses is not used any more."""
        return self._owner.context(self._functions[-1]) is None

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:
        """Put in a context that has its owner where the user's type has it."""
        made = self._owner.context(self._functions[-1])
        if made is None:
            return updated_node
        return updated_node.with_changes(value=self._imports.expression(made))

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
        text = self._words.renamed(updated_node.value)
        if self._types:
            self._imports.use_text(text)
        return updated_node.with_changes(value=text)

    def leave_FormattedStringText(
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.FormattedStringText:
        """Rename what messages mention."""
        return updated_node.with_changes(value=self._words.renamed(updated_node.value))

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        """Rename what comments mention."""
        return updated_node.with_changes(value=self._words.renamed(updated_node.value))


# The attributes it asks about: of `visit_Arg_keyword`, say, "keyword".
_LABELS = frozenset(
    name.split("_", 2)[2]
    for name in vars(Transform)
    if name.startswith(("visit_", "leave_")) and name.count("_") >= 2
)
