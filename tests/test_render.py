"""Templates become files: whole regions, the user's names, and no import left unused."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge.config_facts import ConfigFacts, Setting
from chatkit_forge.options import BACKENDS, Backend, ContextType, StoreClass, StoreOptions
from chatkit_forge.plan import PlannedFile, plan_store
from chatkit_forge.render import regions, render
from chatkit_forge.templates import template_source, templates_folder

from .rendering import SRC_SHOP, options, rendered, server, the_store, the_test


def own_config(**fields: Setting) -> ConfigFacts:
    """Return what a config.py of the user's offers, a URL among it."""
    return ConfigFacts(False, {"database_url": Setting("SecretStr | None"), **fields})


def is_subsequence(lines: Iterable[str], template: Iterable[str]) -> bool:
    """Say whether all lines stand in the template in the same order."""
    rest = iter(template)
    return all(line in rest for line in lines)


@pytest.mark.parametrize("helpers", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
def test_lines_are_a_subsequence_of_the_templates(backend: Backend, helpers: bool) -> None:
    """Before renaming, rendering only leaves lines out."""
    asked = replace(options(backend), helpers=helpers)
    for file in plan_store(asked, frozenset()):
        source = template_source(file.template)
        assert is_subsequence(regions(file.template, asked).splitlines(), source.splitlines())


@pytest.mark.parametrize("backend", BACKENDS)
def test_templates_are_whole_python_files(backend: Backend) -> None:
    """A template parses as it is, and holds neither variables nor expressions of Jinja's."""
    for file in plan_store(options(backend), frozenset()):
        source = template_source(file.template)
        ast.parse(source)
        assert "<<" not in source


@pytest.mark.parametrize("backend", BACKENDS)
def test_helpers_come_when_asked_for(backend: Backend) -> None:
    """Four methods more, and the imports that only they need."""
    plain, full = the_store(options(backend)), the_store(replace(options(backend), helpers=True))
    for name in ("save_message", "get_thread_messages", "create_thread", "get_thread"):
        assert f"def {name}(" not in plain
        assert f"def {name}(" in full
    assert "InferenceOptions" not in plain
    assert "{%" not in plain + full


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_default_name_survives(backend: Backend) -> None:
    """Class, context, package and prefix are the user's, in code, docstrings and messages."""
    asked = replace(
        options(backend),
        package=SRC_SHOP,
        class_name="ChatStore",
        context=ContextType("Ctx", "shop.web.ctx", generated=False),
        table_prefix="shop_",
    )
    old = f"{backend.capitalize()}Store"
    for path, text in rendered(asked).texts.items():
        words = set(text.replace("_", " ").replace(".", " ").replace('"', " ").split())
        assert old not in text, path
        assert "RequestContext" not in text, path
        assert "app" not in words, path
    assert "from shop.web.ctx import Ctx\n" in the_store(asked)
    assert "class ChatStore(Store[Ctx]):" in the_store(asked)
    assert "class TestChatStore(StoreContract[Ctx]):" in the_test(asked)
    assert f"from shop.stores.{backend} import ChatStore\n" in the_test(asked)
    assert (
        'table_prefix: str = "shop_"' in rendered(asked).texts[PurePosixPath("src/shop/config.py")]
    )
    assert "chatkit_items" not in the_test(asked)


def test_a_dictionary_as_context_imports_what_it_needs() -> None:
    """`dict[str, Any]` stands wherever the type was named, and nothing is imported for it."""
    asked = replace(options(), context=ContextType("dict[str, Any]", None, generated=False))
    for text in (the_store(asked), the_test(asked)):
        assert "context import" not in text
        assert "[dict[str, Any]]" in text
        assert "Any" in imported(text)
    assert 'return {"user_id": owner}' in the_test(asked)


@pytest.mark.parametrize("name", ["Page", "Store", "Any", "SqliteStore", "codec"])
def test_a_context_whose_name_is_taken_gets_another(name: str) -> None:
    """A type called as something the store uses is imported under the default name."""
    text = the_store(replace(options(), context=ContextType(name, "shop.ctx", generated=False)))
    assert f"from shop.ctx import {name} as RequestContext\n" in text
    assert "Store[RequestContext]" in text


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_import_is_left_unused(backend: Backend) -> None:
    """Whatever the options, each imported name is read somewhere."""
    variants: list[StoreOptions] = [options(backend), replace(options(backend), helpers=True)]
    variants.append(
        replace(options(backend), context=ContextType("dict[str, Any]", None, generated=False))
    )
    for asked in variants:
        for path, text in rendered(asked).texts.items():
            nodes = list(ast.walk(ast.parse(text)))
            used = {node.id for node in nodes if isinstance(node, ast.Name)}
            quoted = {
                word
                for node in nodes
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                for word in node.value.replace("[", " ").replace("]", " ").split()
            }
            assert imported(text) <= used | quoted, path


def imported(text: str) -> set[str]:
    """Return the names that a module's imports bind."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def test_settings_that_the_user_lacks_become_their_defaults() -> None:
    """What their config.py has is read from it, the rest is what ours would say."""
    text = the_store(options(), own_config(max_page_size=Setting("int", 50)))
    assert "max_page_size: int = settings.max_page_size" in text
    assert "pool_size: int = 10," in text
    assert "statement_timeout: float = 30.0," in text
    assert "else settings.database_url" in text


def test_a_memory_store_without_settings_does_not_import_them() -> None:
    """Nothing of a config.py is needed when it offers nothing the store reads."""
    text = the_store(options("memory"), ConfigFacts(False, {}))
    assert "max_page_size: int = 200" in text
    assert "import settings" not in text


def test_the_prefix_is_the_users_answer_also_against_their_settings() -> None:
    """A prefix in config.py is read when it is the one asked for, and overridden when not."""
    same = own_config(table_prefix=Setting("str", "chatkit_"))
    other = own_config(table_prefix=Setting("str", "shop_"))
    assert "table_prefix: str = settings.table_prefix" in the_store(options(), same)
    assert "table_prefix: str = 'chatkit_'" in the_store(options(), other)
    assert "table_prefix: str = 'chatkit_'" in the_store(options(), own_config())


def test_a_plain_text_url_is_wrapped() -> None:
    """A URL that config.py holds as text is a secret from there on."""
    facts = ConfigFacts(False, {"database_url": Setting("str")})
    assert "else SecretStr(settings.database_url)" in the_store(options(), facts)


def test_the_same_options_give_the_same_bytes() -> None:
    """Nothing depends on time or on the order of a set."""
    program = (
        "from tests.rendering import *; from dataclasses import replace;"
        "from chatkit_forge.options import ContextType; from chatkit_forge.access import Step;"
        "context = ContextType('dict[str, Any]', None, generated=False);"
        "access = Access((Step('user', 'attribute'),));"
        "print(rendered(replace(options('postgres'), context=context), access=access).texts)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
            encoding="utf-8",
            cwd=Path(__file__).parents[1],
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_an_installed_package_finds_its_own_templates(tmp_path: Path) -> None:
    """In a wheel the templates lie inside the package, and are preferred to any beside it."""
    source = Path(__file__).parents[1]
    for path in (source / "chatkit_forge").rglob("*.py"):
        target = tmp_path / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    inside = tmp_path / "chatkit_forge/templates/store"
    inside.mkdir(parents=True)
    (inside / "config.py").write_text("# found\n")
    program = "from chatkit_forge.templates import *; print(template_source('store/config.py'))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert done.stdout == "# found\n\n"
    assert templates_folder() == source / "templates"


def test_a_servers_store_gives_way_where_its_name_is_taken() -> None:
    """In the application alone: FastAPI is one of its own names."""
    files = [PlannedFile("server/application.py", PurePosixPath("app/application.py"), "code")]
    for name, called in (("FastAPI", "OwnFastAPI"), ("PgStore", "PgStore")):
        asked = replace(server(), store=StoreClass("app.db", name))
        text = render(files, asked, ConfigFacts()).texts[files[0].path]
        assert f"from .db import {name}{'' if called == name else f' as {called}'}\n" in text
        assert f"{called} | None" in text
        assert "SqliteStore" not in text


def test_pages_are_copied_and_documents_filled_in() -> None:
    """What looks like a variable in JavaScript stays; in Markdown it stands for something."""
    page = template_source("web/index.html")
    assert regions("web/index.html", server()) == page
    assert "<<" not in regions("server/instructions.md", server())


def test_settings_serve_what_the_package_has_already() -> None:
    """A second store renders config.py with the regions of the server that is there."""
    files = [PlannedFile("store/config.py", PurePosixPath("app/config.py"), "shared")]
    alone = render(files, options(), ConfigFacts()).texts[files[0].path]
    beside = render(files, options(), ConfigFacts(), others=frozenset({"server", "jwt"}))
    assert "jwt_audience" not in alone
    assert "jwt_audience" in beside.texts[files[0].path]
    assert "session_secret" not in beside.texts[files[0].path]
