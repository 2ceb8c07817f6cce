"""The fields of the models in one module of the SDK, and the aliases that stand for unions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """Describe one field: its type as written, whether it must be given, and the closed set of
    strings it accepts, None where any string or another type is accepted.
    """

    annotation: str
    required: bool
    literals: frozenset[str] | None

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> "Field":
        """Take a field from plain JSON values."""
        literals = data["literals"]
        accepted = None if literals is None else frozenset(literals)
        return cls(data["annotation"], data["required"], accepted)


class Fields:
    """Resolve the annotations of one module."""

    def __init__(self, tree: ast.Module) -> None:
        """Take the module's tree."""
        self._classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self._aliases: dict[str, ast.expr] = {}
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._aliases[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self._aliases[name] = value
                case _:
                    continue

    def of(self, name: str) -> dict[str, Field]:
        """Return the fields of a class with those it inherits inside the module."""
        found: dict[str, Field] = {}
        node = self._classes[name]
        for base in node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(plain, ast.Name) and plain.id in self._classes:
                found.update(self.of(plain.id))
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                text = ast.unparse(line.annotation)
                if not text.startswith("ClassVar"):
                    required = _required(line.value) and not text.startswith("NotRequired")
                    field = Field(text, required, self._accepted(line.annotation))
                    found[line.target.id] = field
        return found

    def unions(self) -> dict[str, tuple[str, ...]]:
        """Return the aliases that stand for a union of classes, with the members' names."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self._aliases.items():
            members = tuple(self._members(value))
            if len(members) > 1 and all(member in self._classes for member in members):
                found[name] = members
        return found

    def deprecation(self, decorator: ast.expr) -> str | None:
        """Return the words of a `@deprecated("...")`, also behind a name of the module."""
        match decorator:
            case ast.Name(id=name) if name in self._aliases:
                return self.deprecation(self._aliases[name])
            case ast.Call(func=ast.Name(id="deprecated"), args=[ast.Constant(value=text), *_]):
                return str(text)
            case _:
                return None

    def _members(self, value: ast.expr) -> Iterator[str]:
        match value:
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                yield from self._members(left)
                yield from self._members(right)
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
                yield from self._members(first)
            case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=elements)):
                for element in elements:
                    yield from self._members(element)
            case ast.Name(id=name):
                inner = tuple(self._members(self._aliases[name])) if name in self._aliases else ()
                yield from inner or (name,)
            case _:
                yield ""

    def _accepted(self, annotation: ast.expr) -> frozenset[str] | None:
        """Return the strings the annotation accepts, or None when it is not a closed set."""
        match annotation:
            case ast.Name(id=name) if name in self._aliases:
                return self._accepted(self._aliases[name])
            case ast.Constant(value=None) | ast.Name() if self._takes_no_string(annotation):
                return frozenset()
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                first, second = self._accepted(left), self._accepted(right)
                return None if first is None or second is None else first | second
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
                return self._accepted(first)
            case ast.Subscript(value=ast.Name(id="Literal"), slice=values):
                options = values.elts if isinstance(values, ast.Tuple) else [values]
                texts = [o.value for o in options if isinstance(o, ast.Constant)]
                return frozenset(text for text in texts if isinstance(text, str))
            case _:
                return None

    def _takes_no_string(self, annotation: ast.expr) -> bool:
        """Say whether this is None, or a model of this module."""
        return not isinstance(annotation, ast.Name) or annotation.id in self._classes


def _required(value: ast.expr | None) -> bool:
    """Say whether a field with this value in the class body must be given."""
    match value:
        case None:
            return True
        case ast.Call(func=ast.Name(id="Field"), args=args, keywords=keywords):
            given = {keyword.arg for keyword in keywords} & {"default", "default_factory"}
            return not args and not given
        case _:
            return False
