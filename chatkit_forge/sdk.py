"""What the installed ChatKit SDK promises, read from its source: importing it costs up to 1.5 s."""

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import ToolBroken

# The classes that an application derives from, and the modules that define them.
BASES = {
    "chatkit.store.Store": "store",
    "chatkit.store.AttachmentStore": "store",
    "chatkit.server.ChatKitServer": "server",
}
# What to say when any of this is missing.
_REPAIR = "reinstall chatkit-forge, or run `pip install 'openai-chatkit>=1.6,<2'`"


@dataclass(frozen=True, slots=True)
class Method:
    """Describe one method of a base class: parameter names in order, `self` left out."""

    name: str
    parameters: tuple[str, ...]
    is_async: bool
    is_abstract: bool
    returns: str


@dataclass(frozen=True, slots=True)
class Model:
    """Hold the closed fields of a model: the only strings each of them accepts."""

    name: str
    literals: Mapping[str, frozenset[str]]


@cache
def methods(base: str) -> Mapping[str, Method]:
    """Return the methods of a class of `BASES` by name, private ones left out."""
    module, name = BASES[base], base.rpartition(".")[2]
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            found = [_method(f) for f in node.body if isinstance(f, _Function)]
            return {method.name: method for method in found if not method.name.startswith("_")}
    raise ToolBroken(f"the installed chatkit has no {base}; {_REPAIR}")


@cache
def models(module: str) -> Mapping[str, Model]:
    """Return the classes of `chatkit.<module>` by name, with the strings their fields accept."""
    return _Models(_tree(module)).all()


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("chatkit")
    if spec is None or spec.origin is None:
        raise ToolBroken(f"the ChatKit SDK is not installed; {_REPAIR}")
    return Path(spec.origin).parent


@cache
def _tree(module: str) -> ast.Module:
    path = _folder() / f"{module}.py"
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ToolBroken(f"the ChatKit SDK's {path.name} cannot be read; {_REPAIR}") from error


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Method:
    arguments = node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return Method(
        name=node.name,
        parameters=tuple(names[1:]),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_abstract="abstractmethod" in decorators,
        returns=ast.unparse(node.returns) if node.returns else "",
    )


class _Models:
    """Resolve the annotations of one module to the strings they accept."""

    def __init__(self, tree: ast.Module) -> None:
        self._classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self._aliases: dict[str, ast.expr] = {}
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._aliases[name] = value
                case _:
                    continue

    def all(self) -> dict[str, Model]:
        return {name: Model(name, self._literals(name)) for name in self._classes}

    def _literals(self, name: str) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        node = self._classes[name]
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in self._classes:
                found.update(self._literals(base.id))
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                accepted = self._accepted(line.annotation)
                if accepted is None:
                    found.pop(line.target.id, None)
                else:
                    found[line.target.id] = accepted
        return found

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
