"""The text an expression stands for: constants, variables, f-strings, lists that are joined."""

import ast

from .assigned import assigned, listed_in
from .class_constants import class_constant
from .module import Function, Module
from .psycopg_sql import is_quoting, unquoted

# What only marks a text as SQL.
WRAPPERS = frozenset({"text", "SQL", "raw"})
_DEPTH = 6
# What a text may be written as.
_TEXTS = frozenset({
    ast.Attribute, ast.BinOp, ast.Call, ast.Constant, ast.IfExp, ast.JoinedStr, ast.Name,
    ast.Subscript,
})  # fmt: skip


def text_of(
    module: Module, function: Function | None, node: ast.expr, depth: int = _DEPTH
) -> tuple[str | None, list[ast.expr]]:
    """Return the text an expression stands for, None when it is no text, and what varies in it.

    Where one of several texts is meant they follow each other; `{}` is what cannot be seen.
    """
    if depth == 0 or type(node) not in _TEXTS:
        return None, []
    if isinstance(node, ast.Name):  # as most of the hundreds that are asked of a file
        return _variable(module, function, node.id, depth - 1)
    match node:
        case ast.Constant(value=str(text)):
            return text, []
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            owner = module.class_of(function) if function is not None else None
            return _class_text(module, owner, name, depth - 1)
        case ast.Attribute(value=ast.Name(id=first), attr=name):
            return _of_other(module, first, name, depth - 1)
        case ast.JoinedStr(values=values):
            return _joined(module, function, values, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _both(module, function, left, right, depth)
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            text, dynamic = text_of(module, function, left, depth - 1)
            parts = right.elts if isinstance(right, ast.Tuple) else [right]
            return text, [*dynamic, *parts]
        case ast.Call(func=ast.Attribute(value=inner, attr="format"), args=args, keywords=words):
            text, dynamic = text_of(module, function, inner, depth - 1)
            text, more, unseen = _filled(module, function, text, words, depth)
            unseen = [*args, *unseen]
            if is_quoting(module, function, inner):
                # psycopg's `SQL("...").format(Identifier(x))` quotes, `SQL(x)` does not.
                unseen = [bare for each in unseen for bare in unquoted(each)]
            return text, [*dynamic, *more, *unseen]
        case ast.Call(func=ast.Attribute(value=inner, attr="strip" | "replace")):
            return text_of(module, function, inner, depth - 1)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]) if (
            name in WRAPPERS or name == "dedent"
        ):
            return text_of(module, function, inner, depth - 1)
        case ast.Call(func=ast.Attribute(value=separator, attr="join"), args=[parts]):
            between, _ = text_of(module, function, separator, depth - 1)
            return _listed(module, function, between or "", parts, depth - 1)
        case ast.IfExp(body=body, orelse=other):
            return _either(module, function, [body, other], depth - 1)
        case (
            ast.Subscript(value=ast.Name(id=name))
            | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"))
        ):
            for value in assigned(module, function, name):
                if isinstance(value, ast.Dict):
                    return _either(module, function, value.values, depth - 1)
            return None, []
        case _:
            return None, []


def _either(
    module: Module, function: Function | None, values: list[ast.expr], depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return everything that one of several expressions may be, one after the other."""
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for value in values:
        text, more = text_of(module, function, value, depth)
        if text is None:
            return None, []
        pieces.append(text)
        dynamic += more
    return " ".join(pieces), dynamic


def _listed(
    module: Module, function: Function | None, between: str, parts: ast.expr, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return what the parts of a list come to when they are joined, wherever they were added."""
    match parts:
        case ast.Name(id=name):
            elements = list(listed_in(module, function, name))
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            pass
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            elements = [element]
        case _:
            return None, []
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for element in elements:
        text, more = text_of(module, function, element, depth)
        pieces.append("{}" if text is None else text)
        dynamic += [element] if text is None else more
    return (between.join(pieces), dynamic) if pieces else (None, [])


def _filled(
    module: Module,
    function: Function | None,
    text: str | None,
    words: list[ast.keyword],
    depth: int,
) -> tuple[str | None, list[ast.expr], list[ast.expr]]:
    """Return a text with its named places filled, what varies in what was filled in, and what
    could not be seen.
    """
    dynamic: list[ast.expr] = []
    unseen: list[ast.expr] = []
    for word in words:
        given, more = text_of(module, function, word.value, depth - 1)
        if given is None or text is None or word.arg is None:
            unseen.append(word.value)
            continue
        text = text.replace(f"{{{word.arg}}}", given)
        dynamic += more
    return text, dynamic, unseen


def _joined(
    module: Module, function: Function | None, values: list[ast.expr], depth: int
) -> tuple[str, list[ast.expr]]:
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for value in values:
        match value:
            case ast.Constant(value=str(text)):
                pieces.append(text)
            case ast.FormattedValue(value=inner):
                text, more = text_of(module, function, inner, depth - 1)
                pieces.append("{}" if text is None else text)
                dynamic += [inner] if text is None else more
            case _:
                continue
    return "".join(pieces), dynamic


def _both(
    module: Module, function: Function | None, left: ast.expr, right: ast.expr, depth: int
) -> tuple[str | None, list[ast.expr]]:
    first, dynamic = text_of(module, function, left, depth - 1)
    second, more = text_of(module, function, right, depth - 1)
    if first is None and second is None:
        return None, []
    dynamic = dynamic if first is not None else [left]
    more = more if second is not None else [right]
    return f"{'{}' if first is None else first}{'{}' if second is None else second}", dynamic + more


def _variable(
    module: Module, function: Function | None, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return everything a variable may hold, one after the other: all branches count."""
    pieces: list[str] = []
    dynamic: list[ast.expr] = []
    for value in assigned(module, function, name):
        text, more = text_of(module, function, value, depth)
        if text is not None:
            pieces.append(text)
        dynamic += [value] if text is None else more
    if pieces or name not in module.names.imported:
        return (" ".join(pieces), dynamic) if pieces else (None, [])
    package, _, last = module.names.imported[name].rpartition(".")
    return _elsewhere(module, package, last, depth)


def _elsewhere(
    module: Module, package: str, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return the text that another module of the project has under a name."""
    project = module.project
    other = project.module(package, module) if project is not None and depth > 0 else None
    return _variable(other, None, name, depth - 1) if other is not None else (None, [])


def _of_other(
    module: Module, first: str, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    """Return the text behind `queries.SAVE`, where `queries` is a module or a class."""
    known = module.known.setdefault(("texts of others", None), {})
    key = (first, name, depth)
    if key not in known:
        known[key] = _found_in_other(module, first, name, depth)
    text, dynamic = known[key]
    return text, [*dynamic]


def _found_in_other(
    module: Module, first: str, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    full = module.names.imported.get(first, first)
    if first in module.names.imported:
        text, dynamic = _elsewhere(module, full, name, depth)
        if text is not None:
            return text, dynamic
    project = module.project
    about = project.find_class(full, module) if project is not None else None
    return _class_text(about.module, about.node, name, depth) if about else (None, [])


def _class_text(
    module: Module, owner: ast.ClassDef | None, name: str, depth: int
) -> tuple[str | None, list[ast.expr]]:
    known = module.known.setdefault(("class constants", owner), {})
    if name not in known:
        known[name] = class_constant(module, owner, name)
    found: tuple[Module, ast.expr] | None = known[name]
    return text_of(found[0], None, found[1], depth) if found is not None else (None, [])
