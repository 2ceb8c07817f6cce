"""Find each `typing.TypedDict` in a context: before Python 3.12, pydantic builds no class of it.

A server's AgentContext is such a class. The type checker has no objection to either TypedDict, so
the source is read; nothing is imported.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress

from .errors import UsageError
from .options import Options
from .pyproject import load
from .settings_source import Module

_UNUSABLE = "typing.TypedDict"
_ENOUGH = (3, 12)
# What pydantic builds from its fields; another class is taken as it is.
_BASES = frozenset({"TypedDict", "NamedTuple", "BaseModel"})


def refuse(options: Options, home: Module, shown: str) -> None:
    """Raise UsageError where the context, or what is inside it, is no TypedDict for pydantic.

    `home` is the module of the context; `shown` names it in the error.
    """
    if load(options.project).lowest_python() >= _ENOUGH:
        return
    for there, line in _Walk().names(home, ast.Name(options.context.expression)):
        path = there.path
        if path.is_relative_to(options.project):
            path = path.relative_to(options.project)
        raise UsageError(
            f"the context {shown} has a typing.TypedDict ({path.as_posix()}, line "
            f"{line}), which pydantic refuses before Python 3.12: write `from typing_extensions "
            "import TypedDict` there, or require Python >= 3.12"
        )


class _Walk:
    """Go through everything that a type is made of, once."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, int]] = set()

    def names(self, module: Module, expression: ast.expr) -> Iterator[tuple[Module, int]]:
        """Yield the place of each `typing.TypedDict` behind the names in an expression."""
        for node in ast.walk(expression):
            match node:
                case ast.Name() | ast.Attribute():
                    found = module.definition(node)
                    if found is not None:
                        yield from self._definition(*found)
                case ast.Constant(value=str(quoted)):
                    with suppress(SyntaxError, ValueError):
                        yield from self.names(module, ast.parse(quoted, mode="eval").body)
                case _:
                    pass  # what is around the names

    def _definition(
        self, module: Module, node: ast.ClassDef | ast.expr
    ) -> Iterator[tuple[Module, int]]:
        place = (str(module.path), node.lineno)
        if place in self._seen:
            return
        self._seen.add(place)
        if isinstance(node, ast.ClassDef):
            yield from self._class(module, node)
            return
        # `Visit = TypedDict("Visit", {"account": Account})`, or another name for a type.
        if isinstance(node, ast.Call) and module.is_always(node.func, _UNUSABLE):
            yield module, node.lineno
        yield from self.names(module, node)

    def _class(self, module: Module, node: ast.ClassDef) -> Iterator[tuple[Module, int]]:
        for base in node.bases:
            if module.is_always(base, _UNUSABLE):
                yield module, node.lineno
            yield from self.names(module, base)
        if _is_built(module, node):
            for line in node.body:
                if isinstance(line, ast.AnnAssign):
                    yield from self.names(module, line.annotation)


def _is_built(module: Module, node: ast.ClassDef, below: tuple[str, ...] = ()) -> bool:
    """Say whether pydantic looks at the fields of a class."""
    made = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    if any(module.qualified(each).rpartition(".")[2] == "dataclass" for each in made):
        return True
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        if module.qualified(plain).rpartition(".")[2] in _BASES:
            return True
        match module.definition(plain):
            case (there, ast.ClassDef(name=name) as above) if name not in below:
                if _is_built(there, above, (*below, node.name)):
                    return True
            case _:
                pass  # of a library, or nothing that could be seen
    return False
