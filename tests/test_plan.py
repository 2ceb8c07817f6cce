"""The plan says which files land where, and forgets none that another one imports."""

import ast
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from chatkit_forge.options import BACKENDS, Backend, ContextType, Options
from chatkit_forge.plan import plan, plan_store
from chatkit_forge.templates import template_names, template_source

from .rendering import SRC_SHOP, app, options, server

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


SOME = (
    "attachments/disk.py",
    "project/Makefile",
    "project/docs/chapter-1/a.md",
    "project/env.example",
    "project/github/workflows/ci.yml",
    "project/gitignore",
    "search/ingest.py",
    "search/tool.py",
    "server/assistant/agent.py",
    "server/instructions.md",
    "server/main.py",
    "tests/attachments/test_upload.py",
    "tests/jwt/test_tokens.py",
    "tests/search/test_search.py",
    "tests/session/test_cookies.py",
    "tests/test_server.py",
    "variants/auth/jwt.py",
    "variants/auth/session.py",
    "variants/model/litellm.py",
    "variants/model/openai.py",
    "variants/page/beside_context.py",
    "variants/page/in_context.py",
    "web/page.js",
)


def landed(asked: Options) -> dict[str, str]:
    """Return the template of each path, stores and what they share left out."""
    files = plan(asked, NONE, SOME)
    return {str(f.path): f.template for f in files if not f.template.startswith("store/")}


def test_a_plain_server_has_no_part_that_was_not_asked_for() -> None:
    """Folders and variants follow the defaults; the web folder stays beside the package."""
    assert landed(server()) == {
        "app/main.py": "server/main.py",
        "app/instructions.md": "server/instructions.md",
        "app/assistant/agent.py": "server/assistant/agent.py",
        "app/assistant/model.py": "variants/model/openai.py",
        "app/assistant/page.py": "variants/page/in_context.py",
        "app/http/auth.py": "variants/auth/session.py",
        "tests/test_cookies.py": "tests/session/test_cookies.py",
        "tests/test_server.py": "tests/test_server.py",
        "web/page.js": "web/page.js",
    }


def test_each_option_brings_its_files() -> None:
    """The ingest command is a module of the package, everything else a folder of its own."""
    full = replace(
        server(),
        package=SRC_SHOP,
        rag=True,
        attachments=True,
        auth="jwt",
        provider="litellm",
        page_in_context=False,
    )
    found = landed(full)
    assert found["src/shop/ingest.py"] == "search/ingest.py"
    assert found["src/shop/search/tool.py"] == "search/tool.py"
    assert found["src/shop/attachments/disk.py"] == "attachments/disk.py"
    assert found["src/shop/http/auth.py"] == "variants/auth/jwt.py"
    assert found["src/shop/assistant/model.py"] == "variants/model/litellm.py"
    assert found["src/shop/assistant/page.py"] == "variants/page/beside_context.py"
    assert {path for path in found if path.startswith("tests/")} == {
        "tests/test_server.py",
        "tests/test_search.py",
        "tests/test_upload.py",
        "tests/test_tokens.py",
    }
    assert not [path for path in landed(replace(full, tests=False)) if path.startswith("tests/")]


def test_a_project_gets_its_dots_and_lessons_only_where_they_are_searched() -> None:
    """Templates of files that tools obey carry no dot, so that none obeys them here."""
    plain = landed(app())
    assert set(plain) - set(landed(server())) == {
        ".env.example",
        ".github/workflows/ci.yml",
        ".gitignore",
        "Makefile",
    }
    searched = landed(replace(app(), server=replace(server(), rag=True)))
    assert "docs/chapter-1/a.md" in searched


def test_a_server_shares_settings_and_errors_with_its_store() -> None:
    """No path is planned twice, and a store's own files are left to the store."""
    files = [file.path for file in plan(app(), NONE, SOME)]
    assert len(files) == len(set(files))
    shared = {file.path for file in plan(server(), NONE, SOME) if "store/" in file.template}
    assert shared == paths(
        "app/__init__.py",
        "app/config.py",
        "app/context.py",
        "app/stores/__init__.py",
        "app/stores/errors.py",
    )


def test_every_template_is_planned_for_somebody() -> None:
    """A template that no combination of options brings would never be checked."""
    asked: list[Options] = [
        *(app(backend) for backend in BACKENDS),
        replace(
            app(),
            server=replace(
                server(),
                rag=True,
                attachments=True,
                auth="jwt",
                provider="litellm",
                page_in_context=False,
            ),
        ),
    ]
    used = {file.template for one in asked for file in plan(one, NONE, template_names())}
    assert set(template_names()) - used == set()
