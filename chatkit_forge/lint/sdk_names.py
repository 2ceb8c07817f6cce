"""Which class of the SDK an expression names, by whatever road it was imported."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from ..sdk_facts import ClassFacts, SdkFacts
from .binders import bound_by, root, value_of
from .finding import Span
from .module import Function, Module, within

# The SDK that was asked about last, and its answer: a run has one.
_KNOWN: list[Any] = []


def definition(sdk: SdkFacts, name: str | None) -> str | None:
    """Return the full name of the class or union that a dotted name stands for, else None.

    `chatkit.server.Thread` is `chatkit.types.Thread`: the server module imports it from there.
    """
    if name is None or not name.startswith("chatkit."):
        return None
    if name in sdk.classes or name in sdk.unions:
        return name
    module, _, last = name.rpartition(".")
    if last not in sdk.modules.get(module, frozenset()):
        return None
    homes = _homes(sdk).get(last, ())
    return f"{homes[0]}.{last}" if len(homes) == 1 else None


def _homes(sdk: SdkFacts) -> dict[str, list[str]]:
    """Return the modules that define a class or union, by its last name; worked out once an SDK."""
    if not _KNOWN or _KNOWN[0] is not sdk:
        found: dict[str, list[str]] = {}
        for name in (*sdk.classes, *sdk.unions):
            module, _, last = name.rpartition(".")
            found.setdefault(last, []).append(module)
        _KNOWN[:] = [sdk, found, {}]
    return _KNOWN[1]


def method_deprecation(sdk: SdkFacts, name: str) -> str | None:
    """Return the SDK's words on a method, when every class that has it calls it deprecated."""
    _homes(sdk)
    known: dict[str, str | None] = _KNOWN[2]
    if name not in known:
        found = [m.deprecated for c in sdk.classes.values() if (m := c.methods.get(name))]
        known[name] = found[0] if found and None not in found else None
    return known[name]


def model(sdk: SdkFacts, module: Module, node: ast.Call) -> tuple[str, ClassFacts] | None:
    """Return name and facts of the pydantic model that a call makes, None for other calls."""
    key = ("model", node)
    if key not in module.known:
        module.known[key] = _model(sdk, module, node)
    return module.known[key]


def models(
    sdk: SdkFacts, module: Module, function: Function
) -> list[tuple[ast.Call, tuple[str, ClassFacts]]]:
    """Return the calls in a function that make pydantic models, with names and facts of those."""
    key = ("models", function)
    if key not in module.known:
        calls = (node for node in within(function, ast.Call) if isinstance(node, ast.Call))
        made = ((node, model(sdk, module, node)) for node in calls)
        module.known[key] = [(node, found) for node, found in made if found is not None]
    return module.known[key]


def _model(sdk: SdkFacts, module: Module, node: ast.Call) -> tuple[str, ClassFacts] | None:
    func = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    full = named(sdk, module, func)
    about = sdk.classes.get(full or "")
    return (full, about) if full and about and _is_model(sdk, full) else None


def named(sdk: SdkFacts, module: Module, node: ast.expr) -> str | None:
    """Return the SDK's class or union that an expression names, also by `*` or another name.

    A class of the user's own, a parameter or a variable of the same name is not the SDK's.
    """
    key = ("named", node)
    if key not in module.known:
        module.known[key] = _named(sdk, module, node, 4)
    return module.known[key]


def _named(sdk: SdkFacts, module: Module, node: ast.expr, depth: int) -> str | None:
    first = root(node)
    if first is None:
        return None
    source = module.names.imported.get(first.id)
    if source is not None:
        if not source.startswith("chatkit"):
            return None
        full = definition(sdk, module.names.resolve(node))
        return full if full and not bound_by(module, first) else None
    if node is not first or not may_be_class(first.id):
        return None
    value = value_of(module, first) if depth else None
    if value is not None:
        plain = value.value if isinstance(value, ast.Subscript) else value
        return _named(sdk, module, plain, depth - 1)
    stars = [star for star in module.names.stars if star.startswith("chatkit")]
    found = (definition(sdk, f"{star}.{first.id}") for star in stars)
    return next((f for f in found if f and not bound_by(module, first)), None)


def may_be_class(name: str) -> bool:
    """Say whether a name that was not imported may be one of a class, as it is written."""
    return name[:1].isupper() or name.endswith("cls")


def _is_model(sdk: SdkFacts, full: str) -> bool:
    """Say whether a class descends from BaseModel; the SDK's TypedDicts and others do not."""
    home = full.rpartition(".")[0]
    queue = [full]
    for name in queue:
        about = sdk.classes.get(name)
        for base in about.bases if about else ():
            if base == "BaseModel":
                return True
            queue.append(base if "." in base else f"{home}.{base}")
    return False


def given(node: ast.Call) -> dict[str, ast.keyword] | None:
    """Return the keywords of a call by name, None when `*` or `**` hides some of them."""
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return None
    found = {keyword.arg: keyword for keyword in node.keywords if keyword.arg is not None}
    return found if len(found) == len(node.keywords) else None


def rewritten(
    module: Module, node: ast.AST, changes: Mapping[ast.AST, str] | Mapping[ast.AST | Span, str]
) -> str:
    """Return the source of a node with the source of some inner nodes or places replaced."""
    lines = module.lines
    start = module.span(node)
    pieces: list[str] = []
    line, column = start.line, start.column - 1
    places = {
        inner if isinstance(inner, Span) else module.span(inner): code
        for inner, code in changes.items()
    }
    for span, code in sorted(places.items()):
        pieces += [_between(lines, line, column, span.line, span.column - 1), code]
        line, column = span.end_line, span.end_column - 1
    pieces.append(_between(lines, line, column, start.end_line, start.end_column - 1))
    return "".join(pieces)


def _between(lines: list[str], line: int, column: int, end_line: int, end_column: int) -> str:
    return "\n".join(_parts(lines, line, column, end_line, end_column))


def _parts(
    lines: list[str], line: int, column: int, end_line: int, end_column: int
) -> Iterator[str]:
    for number in range(line, end_line + 1):
        text = lines[number - 1]
        end = end_column if number == end_line else len(text)
        yield text[column if number == line else 0 : end]
