"""Which values are the present time, in whatever form it is asked for."""

import ast

from .module import Function, Module, within


def present(function: Function, module: Module | None = None) -> frozenset[str]:
    """Return the variables of a function that hold the present time and nothing else.

    With the module, also its functions that answer it, as "utcnow()".
    """
    if module is None:
        return _present(function, frozenset())
    key = ("present", function)
    if key not in module.known:
        module.known[key] = _present(function, clocks(module))
    return module.known[key]


def _present(function: Function, clocks: frozenset[str]) -> frozenset[str]:
    found: set[str] = set(clocks)
    others: set[str] = set()
    for node in within(function, ast.Assign, ast.AnnAssign):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                (found if is_now(value, found) else others).add(name)
            case _:
                continue
    return frozenset(found - others)


def clocks(module: Module) -> frozenset[str]:
    """Return the functions of a module that answer the present time: "utcnow()"."""
    key = ("clocks", module.tree)
    if key not in module.known:
        module.known[key] = frozenset(
            f"{each.name}()"
            for each in module.nodes(ast.FunctionDef)
            if isinstance(last := each.body[-1], ast.Return)
            and last.value is not None
            and len(each.args.args) <= 1
            and is_now(last.value, frozenset())
        )
    return module.known[key]


def is_now(value: ast.expr, now: frozenset[str] | set[str]) -> bool:
    """Say whether an expression is the present time, in whatever form; `now` are such names."""
    match value:
        case ast.Name(id=name):
            return name in now
        case ast.Call(func=ast.Name(id=name)) if f"{name}()" in now:
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)) if (
            f"{name}()" in now
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "time" | "time_ns")):
            return True
        case ast.Call(func=ast.Name(id="int" | "str" | "float" | "round"), args=[inner, *_]):
            return is_now(inner, now)
        case ast.BinOp(left=left, op=ast.Mult() | ast.FloorDiv() | ast.Div()):
            return is_now(left, now)
        case ast.Call(func=ast.Attribute(value=inner)):
            return is_now(inner, now)
        case _:
            return False
