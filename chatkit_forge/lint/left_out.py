"""What a function that stores an item leaves out: some fields of it, or items of some types."""

import ast
from collections.abc import Sequence, Set

from .dumps import dumps
from .module import Function, Module, within

# What makes all of an item into what can be stored.
WHOLE = frozenset(
    {
        "model_dump",
        "model_dump_json",
        "dict",
        "json",
        "dump_json",
        "dump_python",
        "model_copy",
        "copy",
    }
)
# Kept in columns of their own by everybody.
_ALWAYS = frozenset({"id", "thread_id", "created_at", "type"})
_BLOCKS = (ast.With, ast.AsyncWith, ast.FunctionDef, ast.AsyncFunctionDef)
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "print", "log"})


def left_out(
    module: Module, function: Function, item: str, fields: Set[str]
) -> tuple[ast.AST, str] | None:
    """Return where a function stores nothing of some items, or not all that an item has.

    `fields` are those of all types of items; whoever leaves out another one loses nothing.
    """
    for dump in dumps(module, function, item):
        if dump.kept is not None or dump.dropped & fields - _ALWAYS:
            return dump.method, "stores only some fields of an item"
    for node in within(function, ast.If, ast.Match):
        match node:
            case ast.If(test=test, body=body) if _asks_type(test, item):
                if _stores_nothing(body) and isinstance(body[-1], (ast.Return, ast.Raise)):
                    return node, "stores nothing of items of some types"
                if _is_last(module, function, node) and _is_closed(node):
                    others = [n for n in _dumping(function, item) if n not in within(node)]
                    if not others and any(n in within(node) for n in _dumping(function, item)):
                        return node, "stores items of some types alone"
            case ast.Match(subject=ast.Name(id=name), cases=cases) if name == item:
                if any(_stores_nothing(case.body) for case in cases) and not [
                    n for n in _dumping(function, item) if n not in within(node)
                ]:
                    return node, "stores nothing of items of some types"
            case _:
                continue
    return None


def _asks_type(test: ast.expr, item: str) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _asks_type(inner, item)
        case ast.BoolOp(values=values):
            return all(_asks_type(value, item) for value in values)
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), _]):
            return name == item
        case ast.Compare(left=ast.Attribute(value=ast.Name(id=name), attr="type"), ops=[_]):
            return name == item
        case _:
            return False


def _stores_nothing(body: Sequence[ast.stmt]) -> bool:
    """Say whether a block only tells the log of an item, and leaves."""
    for statement in body:
        match statement:
            case (
                ast.Return(value=None | ast.Constant()) | ast.Pass() | ast.Raise() | ast.Continue()
            ):
                continue
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))):
                if name not in _LOGS:
                    return False
            case _:
                return False
    return True


def _is_last(module: Module, function: Function, node: ast.AST) -> bool:
    """Say whether nothing comes after a statement in its function."""
    while node is not function:
        parent = module.parents[node]
        body = getattr(parent, "body", None)
        if not isinstance(parent, _BLOCKS) or not body or body[-1] is not node:
            return False
        node = parent
    return True


def _is_closed(node: ast.If) -> bool:
    """Say whether a chain of tests ends without an `else`."""
    while node.orelse:
        match node.orelse:
            case [ast.If() as inner]:
                node = inner
            case _:
                return False
    return True


def _dumping(function: Function, item: str) -> list[ast.AST]:
    """Return where a function turns the item, as a whole, into what is stored."""
    return [
        node
        for node in within(function, ast.Attribute)
        if isinstance(node, ast.Attribute)
        and node.attr in WHOLE
        and (
            not isinstance(node.value, ast.Name)
            or node.value.id in {item}
            or node.value.id[:1].isupper()
        )
    ]
