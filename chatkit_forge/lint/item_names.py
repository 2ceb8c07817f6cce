"""Which expressions are an item, its id, or made of it."""

import ast

from .flow import bound, mentions, words_in
from .module import Function, Module, within
from .values import given_values


def names_of(function: Function, item: str) -> set[str]:
    """Return the variables that hold an item, or what is made of it."""
    found = {item}
    while True:
        before = len(found)
        for node in within(function, ast.Assign, ast.AnnAssign):
            match node:
                case ast.Assign(targets=targets, value=value) if mentions(value, found):
                    found |= {name for target in targets for name in bound(target)}
                case ast.AnnAssign(target=target, value=ast.expr() as value) if mentions(
                    value, found
                ):
                    found |= bound(target)
                case _:
                    continue
        if len(found) == before:
            return found


def is_id(node: ast.AST, item: str) -> bool:
    """Say whether an expression is the item's id, or is made of it."""
    return any(
        isinstance(each, ast.Attribute)
        and each.attr == "id"
        and isinstance(each.value, ast.Name)
        and each.value.id == item
        for each in (node, *within(node, ast.Attribute))
    )


def wholes_of(function: Function, item: str) -> set[str]:
    """Return the variables that hold the item, or a dump of it."""
    found = {item}
    for node in within(function, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_whole(value, found):
                found.add(name)
            case _:
                continue
    return found


def is_whole(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is the item, or a copy or dump of it."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Attribute(value=inner)):
            return is_whole(inner, names) or any(is_whole(each, names) for each in value.args)
        case ast.Call(args=args):
            return any(is_whole(each, names) for each in args)
        case _:
            return False


def is_made_of(value: ast.expr, names: set[str]) -> bool:
    """Say whether a value is made of the item, and more than a part of it."""
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute():
            return False
        case _:
            return mentions(value, names)


def is_looked(module: Module, function: Function, test: ast.expr, item: str) -> bool:
    """Say whether a condition may be about what is stored of the item, and of nothing else."""
    match test:
        case ast.Compare(left=left):
            return is_looked(module, function, left, item)
        case ast.UnaryOp(operand=inner) | ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return is_looked(module, function, inner, item)
        case ast.Attribute(value=ast.Name(id=name)):
            return name not in {"self", item}
        case ast.Name():
            values = given_values(module, test)
            names = names_of(function, item)
            known = [value for value in values if value is not None]
            return len(known) < len(values) or not known or any(mentions(v, names) for v in known)
        case _:
            return True


def item_parameter(function: Function) -> str:
    """Return the parameter of a helper that is the item, by what it is called or declared."""
    for argument in function.args.args:
        words = words_in(argument.annotation) if argument.annotation is not None else ""
        if argument.arg in {"item", "document", "row", "record"} or "ThreadItem" in words:
            return argument.arg
    return "item"
