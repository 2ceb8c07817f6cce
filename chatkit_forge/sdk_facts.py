"""What a ChatKit SDK offers, as one plain value: read from its source, or from what was recorded.

`read(folder)` takes the `chatkit` package of any environment, without importing it;
`SdkFacts.from_json` takes what `to_json` made of it.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .sdk_fields import Field, Fields

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Method:
    """Describe one method of a class: parameter names in order, `self` left out.

    `annotations` are the types of the parameters as the SDK writes them, "" for none;
    `deprecated` holds the SDK's own words, None for a method that is not.
    """

    name: str
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    is_async: bool
    is_abstract: bool
    returns: str
    deprecated: str | None = None

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> "Method":
        """Take a method from plain JSON values."""
        return cls(
            data["name"],
            tuple(data["parameters"]),
            tuple(data["annotations"]),
            data["is_async"],
            data["is_abstract"],
            data["returns"],
            data["deprecated"],
        )


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """Describe one class: fields and methods with what it inherits inside the SDK.

    `deprecated` holds the SDK's own words, None for a class that is not; `extra` what a model does
    with fields that it does not know: "allow", "forbid", or "ignore" as pydantic does.
    """

    bases: tuple[str, ...]
    fields: Mapping[str, Field]
    methods: Mapping[str, Method]
    deprecated: str | None = None
    extra: str = "ignore"

    def field(self, keyword: str) -> Field | None:
        """Return the field that is given by a keyword, which may be another name of it."""
        found = self.fields.get(keyword)
        if found is not None and keyword in found.keywords:
            return found
        return next((field for field in self.fields.values() if keyword in field.keywords), None)

    @property
    def keywords(self) -> frozenset[str]:
        """Return every keyword that the class takes for a field."""
        return frozenset(name for field in self.fields.values() for name in field.keywords)


@dataclass(frozen=True, slots=True)
class SdkFacts:
    """Hold what one version offers.

    `modules` maps "chatkit.types" to every name importable from there, `classes` the full name of
    a class ("chatkit.types.Thread") to its facts, `unions` the full name of an alias that looks
    like a class but is a union to the names of its members.
    """

    version: str
    modules: Mapping[str, frozenset[str]]
    classes: Mapping[str, ClassFacts]
    unions: Mapping[str, tuple[str, ...]]

    def to_json(self) -> str:
        """Return the facts as JSON text, the same for the same facts."""
        data = asdict(self)
        data["modules"] = {name: sorted(names) for name, names in self.modules.items()}
        return json.dumps(data, indent=1, sort_keys=True, default=sorted) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "SdkFacts":
        """Take the facts from what `to_json` returned; raises what a damaged text raises."""
        data: dict[str, Any] = json.loads(text)
        classes = {
            name: ClassFacts(
                tuple(facts["bases"]),
                {key: Field.from_plain(value) for key, value in facts["fields"].items()},
                {key: Method.from_plain(value) for key, value in facts["methods"].items()},
                facts["deprecated"],
                facts["extra"],
            )
            for name, facts in data["classes"].items()
        }
        modules = {name: frozenset(names) for name, names in data["modules"].items()}
        unions = {name: tuple(members) for name, members in data["unions"].items()}
        return cls(data["version"], modules, classes, unions)


def read(folder: Path) -> SdkFacts:
    """Read the `chatkit` package in this folder.

    Raises OSError, ValueError or SyntaxError when a file of it cannot be read.
    """
    trees = {
        _dotted(folder, path): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    }
    classes: dict[str, ClassFacts] = {}
    unions: dict[str, tuple[str, ...]] = {}
    for module, tree in trees.items():
        fields = Fields(tree)
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                classes[f"{module}.{node.name}"] = _class(node, fields)
        for name, members in fields.unions().items():
            unions[f"{module}.{name}"] = members
    modules = {module: frozenset(_names(tree.body)) for module, tree in trees.items()}
    for module in trees:
        parent, _, last = module.rpartition(".")
        if parent in modules:
            modules[parent] |= {last}
    return SdkFacts(_version(folder), modules, classes, unions)


def _dotted(folder: Path, path: Path) -> str:
    parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _version(folder: Path) -> str:
    """Return the version that was installed in this environment, "unknown" for a bare checkout."""
    for path in folder.parent.glob("openai_chatkit-*.dist-info/METADATA"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Version: "):
                return line.removeprefix("Version: ").strip()
    # It knows what else there may be, and takes longer to import than all of this to read.
    from importlib import metadata  # noqa: PLC0415  only where the SDK was installed otherwise

    found = metadata.distributions(name="openai-chatkit", path=[str(folder.parent)])
    return next((each.version for each in found), "unknown")


def _class(node: ast.ClassDef, fields: Fields) -> ClassFacts:
    methods = {
        f.name: _method(f, fields)
        for f in node.body
        if isinstance(f, _Function) and not f.name.startswith("_")
    }
    deprecated = next(filter(None, map(fields.deprecation, node.decorator_list)), None)
    bases = tuple(_text(base).partition("[")[0] for base in node.bases)
    extra = str(fields.config(node.name).get("extra", "ignore"))
    return ClassFacts(bases, fields.of(node.name), methods, deprecated, extra)


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef, fields: Fields) -> Method:
    arguments = node.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs][1:]
    decorators = {_text(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return Method(
        name=node.name,
        parameters=tuple(each.arg for each in given),
        annotations=tuple(_text(each.annotation) for each in given),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_abstract="abstractmethod" in decorators,
        returns=_text(node.returns),
        deprecated=next(filter(None, map(fields.deprecation, node.decorator_list)), None),
    )


def _text(node: ast.expr | None) -> str:
    """Return an annotation, a base or a decorator as it may be written, "" for none."""
    if isinstance(node, ast.Name):
        return node.id  # as most are
    return ast.unparse(node) if node is not None else ""


def _names(body: list[ast.stmt]) -> set[str]:
    """Return what a module binds at its top level, inside `try` and `if` as well."""
    found: set[str] = set()
    for node in body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                found |= _names([*inner, *other])
            case _:
                continue
    return found
