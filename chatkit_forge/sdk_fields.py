"""The fields of the models in one module of the SDK, and the aliases that stand for unions."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """Describe one field: its type as written, whether it must be given, and the closed set of
    strings it accepts, None where any string or another type is accepted.

    `keywords` are the names it is given by, its own first where that is one of them; `deprecated`
    holds the SDK's own words, None for a field that is not.
    """

    annotation: str
    required: bool
    literals: frozenset[str] | None
    keywords: tuple[str, ...]
    deprecated: str | None = None

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> "Field":
        """Take a field from plain JSON values."""
        literals = data["literals"]
        accepted = None if literals is None else frozenset(literals)
        keywords = tuple(data["keywords"])
        return cls(data["annotation"], data["required"], accepted, keywords, data["deprecated"])


class Fields:
    """Resolve the annotations of one module."""

    def __init__(self, tree: ast.Module) -> None:
        """Take the module's tree."""
        self._classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self._fields: dict[str, dict[str, Field]] = {}
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
        if name not in self._fields:
            self._fields[name] = self._of(name)
        return self._fields[name]

    def _of(self, name: str) -> dict[str, Field]:
        found: dict[str, Field] = {}
        node = self._classes[name]
        for base in self._bases(node):
            found.update(self.of(base))
        by_name = self.config(name).keys() & {"populate_by_name", "validate_by_name"}
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                text = ast.unparse(line.annotation)
                if not text.startswith("ClassVar"):
                    own = line.target.id
                    required = _required(line.value) and not text.startswith("NotRequired")
                    told = _told(line.value) | (_told(line.annotation) if "Field(" in text else {})
                    aliases = _aliases(told)
                    found[own] = Field(
                        text,
                        required,
                        self._accepted(line.annotation),
                        (own, *aliases) if by_name or not aliases else aliases,
                        _deprecated(told),
                    )
        return found

    def config(self, name: str) -> dict[str, object]:
        """Return what a model's `model_config` sets to something true, with what it inherits."""
        found: dict[str, object] = {}
        node = self._classes[name]
        for base in self._bases(node):
            found.update(self.config(base))
        for line in node.body:
            match line:
                case ast.Assign(targets=[ast.Name(id="model_config")], value=value):
                    found.update(_settings(value))
                case ast.AnnAssign(target=ast.Name(id="model_config"), value=ast.expr() as value):
                    found.update(_settings(value))
                case _:
                    continue
        return {key: value for key, value in found.items() if value}

    def _bases(self, node: ast.ClassDef) -> Iterator[str]:
        for base in node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(plain, ast.Name) and plain.id in self._classes:
                yield plain.id

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
        case None | ast.Constant(value=EllipsisType()):
            return True
        case ast.Call(func=ast.Name(id="Field"), args=args, keywords=keywords):
            given = {keyword.arg for keyword in keywords} & {"default", "default_factory"}
            return not given and all(_required(each) for each in args[:1])
        case _:
            return False


def _told(part: ast.expr | None) -> dict[str | None, ast.expr]:
    """Return what `Field(...)` says of a field, in its value or inside Annotated."""
    found: dict[str | None, ast.expr] = {}
    for node in ast.walk(part) if part is not None else ():
        match node:
            case ast.Call(func=ast.Name(id="Field"), keywords=keywords):
                found |= {keyword.arg: keyword.value for keyword in keywords}
            case _:
                continue
    return found


def _aliases(told: Mapping[str | None, ast.expr]) -> tuple[str, ...]:
    """Return the other names that a field is given by; `validation_alias` goes before `alias`."""
    match told.get("validation_alias", told.get("alias")):
        case ast.Constant(value=str(name)):
            return (name,)
        case ast.Call(func=ast.Name(id="AliasChoices"), args=args):
            return tuple(str(a.value) for a in args if isinstance(a, ast.Constant))
        case _:
            return ()


def _deprecated(told: Mapping[str | None, ast.expr]) -> str | None:
    """Return the words on a field that is deprecated: its own, else its description."""
    match told.get("deprecated"):
        case ast.Constant(value=str(words)):
            return words
        case ast.Constant(value=True):
            about = told.get("description")
            return str(about.value) if isinstance(about, ast.Constant) else "it is not used"
        case ast.Call(args=[ast.Constant(value=words), *_]):
            return str(words)
        case _:
            return None


def _settings(value: ast.expr) -> dict[str, object]:
    """Return the settings of a `ConfigDict(...)` or of a dictionary."""
    match value:
        case ast.Call(keywords=keywords):
            pairs = [(keyword.arg, keyword.value) for keyword in keywords]
        case ast.Dict(keys=keys, values=values):
            names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
            pairs = list(zip(names, values, strict=True))
        case _:
            return {}
    return {str(k): v.value for k, v in pairs if isinstance(v, ast.Constant)}
