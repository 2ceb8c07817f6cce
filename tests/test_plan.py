"""The plan says which files land where, and forgets none that another one imports."""

import ast
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from chatkit_forge.options import BACKENDS, Backend, ContextType
from chatkit_forge.plan import plan_store
from chatkit_forge.templates import template_source

from .rendering import SRC_SHOP, options

NONE: frozenset[PurePosixPath] = frozenset()


def paths(*names: str) -> set[PurePosixPath]:
    """Return the names as paths."""
    return {PurePosixPath(name) for name in names}


def test_an_empty_project_gets_everything() -> None:
    """Settings, context, the store, what it imports, and its test."""
    planned = plan_store(options("sqlite"), NONE)
    assert {file.path for file in planned} == paths(
        "app/__init__.py",
        "app/config.py",
        "app/context.py",
        "app/stores/__init__.py",
        "app/stores/codec.py",
        "app/stores/errors.py",
        "app/stores/schema.py",
        "app/stores/sqlite.py",
        "tests/test_sqlite_store.py",
    )
    assert {file.role for file in planned} == {"shared", "code", "test"}


def test_a_src_layout_keeps_its_tests_at_the_project() -> None:
    """The package is below `src`, the tests are not."""
    planned = {file.path for file in plan_store(replace(options(), package=SRC_SHOP), NONE)}
    assert planned >= paths("src/shop/stores/sqlite.py", "tests/test_sqlite_store.py")


def test_the_users_own_modules_are_not_replaced() -> None:
    """What exists is used; the store and its test are planned all the same."""
    own = frozenset(paths("app/config.py", "app/context.py", "app/__init__.py"))
    planned = {file.path for file in plan_store(options(), own)}
    assert not planned & own
    assert PurePosixPath("app/stores/sqlite.py") in planned


def test_a_context_of_the_users_needs_no_context_module() -> None:
    """Neither for a type of their own nor for a plain dictionary."""
    for context in (
        ContextType("Ctx", "shop.ctx", False),
        ContextType("dict[str, Any]", None, False),
    ):
        planned = plan_store(replace(options(), context=context), NONE)
        assert PurePosixPath("app/context.py") not in {file.path for file in planned}


def test_no_tests_means_no_tests() -> None:
    """`--no-tests` leaves out the test and nothing else."""
    without = plan_store(replace(options(), tests=False), NONE)
    assert without == tuple(file for file in plan_store(options(), NONE) if file.role != "test")


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_module_that_is_imported_is_planned(backend: Backend) -> None:
    """No planned module imports one of the package that is missing, and none is idle."""
    planned = plan_store(options(backend), NONE)
    imported: set[PurePosixPath] = set()
    for file in planned:
        for node in ast.walk(ast.parse(template_source(file.template))):
            if isinstance(node, ast.ImportFrom) and (module := module_of(node)):
                imported |= {
                    PurePosixPath("app/stores", f"{name}.py")
                    if module == "stores"
                    else PurePosixPath("app", f"{module.replace('.', '/')}.py")
                    for name in [alias.name for alias in node.names]
                }
    modules = {file.path for file in planned if file.path.parts[0] == "app"}
    assert imported <= modules
    idle = {path.name for path in modules - imported} - {"__init__.py"}
    # Whoever adds a second store finds the exceptions where the first one left them.
    assert idle <= {"errors.py"}


def module_of(node: ast.ImportFrom) -> str:
    """Return the module inside `app` that a template's import names, "" for any other."""
    match node.level, node.module:
        case 1, None:
            return "stores"
        case 1, str(name):
            return f"stores.{name}"
        case 2, str(name):
            return name
        case 0, str(name) if name.startswith("app."):
            return name.removeprefix("app.")
        case _:
            return ""
