"""What is left for a request in one place and read in another: in its state, in a variable."""

import ast
from collections.abc import Iterator

from .frames import Frame
from .module import Module
from .request import is_request


def is_state(frame: Frame, node: ast.expr) -> bool:
    """Say whether this is where others leave something for a request: its state, or itself."""
    match node:
        case ast.Attribute(value=inner, attr="state"):
            return is_request(frame, inner)
        case ast.Subscript(value=inner, slice=ast.Constant(value="state")):
            return True
        case ast.Name(id="g"):
            return frame.module.names.imported.get("g", "").endswith(".g")
        case ast.Name(id="scope"):
            return True
        case _:
            return is_request(frame, node)


def placed(frame: Frame, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what is put in a request's state under a key, here or in a module imported here."""
    imported = frame.module.names.imported.values()
    homes = (frame.project.module(n.rpartition(".")[0], frame.module) for n in imported if "." in n)
    for module in dict.fromkeys((frame.module, *filter(None, homes))):
        yield from _placed(frame, module, key)


def _placed(frame: Frame, module: Module, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    for node in module.nodes(ast.Assign):
        for target in node.targets:
            match target:
                case (
                    ast.Attribute(value=place, attr=attr)
                    | ast.Subscript(value=place, slice=ast.Constant(value=str(attr)))
                ) if attr == key:
                    function = module.function_of(node)
                    inner = Frame(frame.project, module, function, {}, frame)
                    if is_state(inner, place) and function is not frame.function:
                        yield inner, node.value
                case _:
                    continue


def is_variable(frame: Frame, name: ast.Name) -> bool:
    """Say whether a name is a variable of the context."""
    return any(
        isinstance(value, ast.Call)
        and (frame.module.names.resolve(value.func) or "").endswith("ContextVar")
        for value in frame.values(name)
    )


def set_in(frame: Frame, variable: ast.Name) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what the file sets a variable of the context to."""
    for call in frame.module.nodes(ast.Call):
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr="set") if name == variable.id:
                place = Frame(
                    frame.project, frame.module, frame.module.function_of(call), {}, frame
                )
                for value in call.args[:1]:
                    yield place, value
            case _:
                continue
