"""Annotations as written: containers that do not say what they hold, and names inside strings."""

import ast
from collections.abc import Iterator

from .module import within

CONTAINERS = frozenset(
    {"list", "dict", "set", "frozenset", "tuple", "List", "Dict", "Set", "FrozenSet", "Tuple"}
)
_TYPING = frozenset({"List", "Dict", "Set", "FrozenSet", "Tuple"})


def bare(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield the containers without element types in an annotation, with their names."""
    stack: list[ast.expr] = [node]
    while stack:
        current = stack.pop()
        match current:
            case ast.Name(id=name) if name in CONTAINERS:
                yield current, name
            case ast.Attribute(attr=name) if name in _TYPING:
                yield current, name
            case ast.Subscript(value=ast.Name(id="Literal")):
                continue
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
                stack.append(first)
            case ast.Subscript(slice=ast.Tuple(elts=elements)):
                stack.extend(reversed(elements))
            case ast.Subscript(slice=inner):
                stack.append(inner)
            case ast.List(elts=elements):
                stack.extend(reversed(elements))
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                stack += [right, left]
            case ast.Constant(value=str(text)):
                try:
                    inner = ast.parse(text, mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue  # a string that is no type is somebody else's finding
                yield from ((current, name) for _, name in bare(inner))
            case _:
                continue


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return the parameters that can be given by position, without `self`, in order."""
    return [*arguments.posonlyargs, *arguments.args][1:]


def all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return every parameter, `self` and the starred ones included."""
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def words(annotation: ast.AST | None) -> Iterator[str]:
    """Yield the names and strings in an annotation, or in any other expression."""
    if annotation is None:
        return
    for node in (annotation, *within(annotation, ast.Name, ast.Attribute, ast.Constant)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name
            case _:
                continue
