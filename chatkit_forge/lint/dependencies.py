"""What FastAPI calls by itself to fill a parameter: what stands in `Depends`."""

import ast
from collections.abc import Iterator

from .frames import Frame
from .module import Function, Module, within


def dependency(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> ast.expr | None:
    """Return what FastAPI calls for a parameter: what stands in `Depends`, or the type itself."""
    for source in (default, *_annotations(frame, parameter)):
        for inner in (source, *within(source, ast.Call)) if source is not None else ():
            match inner:
                case ast.Call(
                    func=ast.Name(id="Depends" | "Security") | ast.Attribute(attr="Depends"),
                    args=args,
                ):
                    return args[0] if args else _plain(parameter.annotation)
                case _:
                    continue
    return None


def _annotations(frame: Frame, parameter: ast.arg) -> Iterator[ast.expr]:
    """Yield a parameter's annotation, and what that is another name for."""
    if parameter.annotation is None:
        return
    yield parameter.annotation
    if isinstance(parameter.annotation, ast.Name):
        yield from frame.values(parameter.annotation)


def _plain(annotation: ast.expr | None) -> ast.expr | None:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            return first
        case _:
            return annotation


def is_dependency(frame: Frame, function: Function) -> bool:
    """Say whether a function stands in a `Depends` of the file that led to it."""
    module = frame.caller.module if frame.caller is not None else frame.module
    return function.name in _dependencies(module)


def _dependencies(module: Module) -> frozenset[str]:
    """Return the names of what stands in `Depends(...)` in a file."""
    key = ("dependencies", None)
    if key not in module.known:
        module.known[key] = frozenset(
            each.id
            for node in module.nodes(ast.Call)
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in {"Depends", "Security"}
            for each in node.args
            if isinstance(each, ast.Name)
        )
    return module.known[key]
