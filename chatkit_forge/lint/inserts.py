"""Writes that store an object which is new: inserts, upserts, rows that are made."""

import ast

from .module import Function, Module, within

# Of drivers and object mappers; those of Django have a twin that begins with an "a".
_INSERTS = frozenset({
    "add", "add_all", "bulk_write", "create_item", "hset", "insert", "insert_one", "merge",
    "put_item", "setdefault", "update_item", "update_or_create", "upsert", "upsert_item", "zadd",
    "create", "get_or_create", "bulk_create", "insert_many", "save",
})  # fmt: skip


def adds_new(parts: list[tuple[Function, Module]]) -> bool:
    """Say whether one of these functions writes a new object, on no condition that it is there."""
    return any(
        _inserts(node) and not must_exist(node)
        for part, _ in parts
        for node in within(part, ast.Call)
    )


def _inserts(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="values")):
            while isinstance(value, (ast.Call, ast.Attribute)):
                if isinstance(value, ast.Call):
                    value = value.func
                    name = value.attr if isinstance(value, ast.Attribute) else ""
                    name = value.id if isinstance(value, ast.Name) else name
                    if name.endswith("update"):
                        return False
                else:
                    value = value.value
            return True
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
            if any(k.arg == "upsert" and not is_false(k.value) for k in keywords):
                return True
            if name == "set":
                return not any(k.arg == "xx" and not is_false(k.value) for k in keywords)
            return name.removeprefix("a") in _INSERTS or name in _INSERTS
        case _:
            return False


def is_false(value: ast.expr) -> bool:
    """Say whether an option is given as a constant that is false."""
    return isinstance(value, ast.Constant) and not value.value


def makes_row(node: ast.AST) -> bool:
    """Say whether a new row is made: a call of a class, with its columns by name."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id="self")))]):
            return False
        case ast.Call(func=ast.Name(id=name), keywords=[_, *_]):
            return name[:1].isupper() and not name.endswith(("Error", "Session", "Page"))
        case ast.Call(func=ast.Attribute(attr="merge" | "insert" | "insert_one" | "upsert")):
            return True
        case ast.Call(func=ast.Name(id="insert" | "pg_insert" | "sqlite_insert")):
            return True
        case _:
            return False


def must_exist(node: ast.AST) -> bool:
    """Say whether a write of DynamoDB is made on condition that the object is stored."""
    match node:
        case ast.Call(func=ast.Attribute(attr="put_item" | "update_item"), keywords=keywords):
            conditions = [k.value for k in keywords if k.arg == "ConditionExpression"]
            return any(
                isinstance(each, ast.Constant) and "attribute_exists" in str(each.value)
                for each in conditions
            )
        case _:
            return False
