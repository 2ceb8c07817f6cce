"""`--driver motor`: the same store, by the older driver's names."""

import ast
from dataclasses import replace

import pytest

from chatkit_forge.rename import motor

from ..rendering import options, the_store

MOTOR = replace(options("mongodb"), driver="motor")


def imported(source: str, module: str) -> set[str]:
    """Return the names that are imported from a module."""
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def test_every_class_of_the_driver_is_motors() -> None:
    """Import Motor's classes, and none of pymongo's async client."""
    store = the_store(MOTOR)
    assert imported(store, motor.MODULE) == set(motor.CLASSES.values())
    for name in motor.CLASSES:
        assert name not in store
    assert "asynchronous" not in store


@pytest.mark.parametrize(
    ("pymongo", "motor_"),
    [
        ("async with database.client.start_session()", "async with await database.client.start"),
        ("async with await session.start_transaction()", "async with session.start_transaction()"),
        ("await database.client.close()", " database.client.close()"),
    ],
)
def test_what_is_called_differently_is_a_region(pymongo: str, motor_: str) -> None:
    """Await what each driver wants awaited, and nothing else."""
    ours, older = the_store(options("mongodb")), the_store(MOTOR)
    assert pymongo in ours
    assert motor_ in older
    assert pymongo not in older


def test_nothing_else_differs() -> None:
    """Keep the two stores the same apart from names, imports and those calls."""
    renamed = the_store(options("mongodb"))
    for name, new in motor.CLASSES.items():
        renamed = renamed.replace(name, new)
    awaits = [line for line in renamed.splitlines() if "import" not in line]
    older = [line for line in the_store(MOTOR).splitlines() if "import" not in line]
    differing = [pair for pair in zip(awaits, older, strict=True) if pair[0] != pair[1]]
    assert len(differing) == 3
