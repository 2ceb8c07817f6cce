"""Nothing is written that does not hold: our faults and the user's are told apart."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import libcst as cst
import pytest

from chatkit_forge import config_facts
from chatkit_forge.config_facts import ConfigFacts
from chatkit_forge.context import resolve
from chatkit_forge.errors import OurFault, ToolBroken, UsageError
from chatkit_forge.options import BACKENDS, Backend, ContextType, Package, StoreOptions
from chatkit_forge.plan import plan_store, store_path
from chatkit_forge.render import Rendered, render
from chatkit_forge.stage import mirror
from chatkit_forge.typecheck import Diagnostic
from chatkit_forge.verify import Verified, is_left_out, verify

from .cache import CACHE
from .rendering import SRC_SHOP, options, rendered

# What is like an example is proven with it.
pytestmark = pytest.mark.usefixtures("examples_found")
CONFIG = PurePosixPath("app/config.py")


def without_tests(backend: Backend, project: Path) -> StoreOptions:
    """Return the default options, less the tests: their imports take pyright as long again."""
    return replace(options(backend, project), tests=False)


def verified(asked: StoreOptions, files: Rendered | None = None) -> Verified:
    """Return what is verified of the options, or of these files in their place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(CACHE))
        return verify(files or rendered(asked), asked, lambda _: None)


def with_own(
    project: Path, backend: Backend, files: dict[str, str], *, tests: bool = True
) -> Verified:
    """Verify a store in a project whose package has these files of the user's."""
    asked = replace(options(backend, project), tests=tests)
    for name, text in files.items():
        path = project / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    own = frozenset(PurePosixPath("app", name) for name in files)
    plan = plan_store(asked, own)
    facts = ConfigFacts()
    if CONFIG in own:
        facts = config_facts.read(project / CONFIG, str(CONFIG), needs_url=True)
    return verified(asked, render(plan, asked, facts, resolve(asked, plan)))


def planted(files: Rendered, path: PurePosixPath, old: str, new: str) -> Rendered:
    """Return the files with a fault in one of them."""
    text = files.texts[path]
    assert old in text
    changed = text.replace(old, new)
    return Rendered(
        {**files.texts, path: changed}, {**files.trees, path: cst.parse_module(changed)}
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_store_passes_with_every_option(backend: Backend, tmp_path: Path) -> None:
    """All options together, in a src layout, narrow and in single quotes as the project wants."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ruff]\nline-length = 60\nformat.quote-style = 'single'\n"
    )
    asked = replace(
        options(backend, tmp_path),
        package=SRC_SHOP,
        class_name="ChatStore",
        context=ContextType("dict[str, Any]", None, generated=False),
        owner=("user", "id"),
        helpers=True,
        table_prefix="shop_",
    )
    plan = plan_store(asked, frozenset())
    done = verified(asked, render(plan, asked, ConfigFacts(), resolve(asked, plan)))
    assert done.files.keys() == {file.path for file in plan}
    assert "class ChatStore(Store[dict[str, Any]]):" in done.files[store_path(asked)]
    assert "'user'" in done.files[store_path(asked)]
    assert [check.name for check in done.checks] == ["ruff", "pyright", "promises"]


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    """The texts come back, and the project is as it was; the examples check every store so."""
    done = verified(without_tests("memory", tmp_path))
    assert all(text == "" or text.endswith("\n") for text in done.files.values())
    assert list(tmp_path.iterdir()) == []


def test_a_broken_promise_is_our_fault(tmp_path: Path) -> None:
    """An abstract method that is missing is unseen by pyright, and is named."""
    asked = without_tests("memory", tmp_path)
    files = planted(
        rendered(asked), store_path(asked), "async def save_item", "async def keep_item"
    )
    with pytest.raises(OurFault, match=r"app/stores/memory\.py:\d+: MemoryStore lacks save_item"):
        verified(asked, files)


def test_a_type_error_is_our_fault(tmp_path: Path) -> None:
    """What pyright finds in our own file stops everything."""
    asked = without_tests("memory", tmp_path)
    files = planted(
        rendered(asked), store_path(asked), "self._max_page_size = max_page_size", "x: int = ''"
    )
    with pytest.raises(OurFault, match=r"app/stores/memory\.py:\d+: .*not assignable"):
        verified(asked, files)


def test_an_untyped_warning_is_our_fault(tmp_path: Path) -> None:
    """Strict mode leaves neither errors nor warnings."""
    asked = without_tests("memory", tmp_path)
    files = planted(rendered(asked), store_path(asked), "import codec", "import codec, errors")
    with pytest.raises(OurFault, match="reportUnusedImport"):
        verified(asked, files)


def test_a_driver_that_is_missing_is_no_finding(tmp_path: Path) -> None:
    """What our environment lacks leaves the files unchecked, not wrong."""
    asked = without_tests("sqlite", tmp_path)
    files = planted(rendered(asked), store_path(asked), "import aiosqlite", "import aiosqlite_")
    with pytest.raises(ToolBroken, match=r"could not be checked.*aiosqlite_.*reinstall"):
        verified(asked, files)


OWN_CONFIG = """
from pydantic_settings import BaseSettings
from .base import number
import something_that_is_not_installed

class Settings(BaseSettings):
    database_url: {annotation}
    max_page_size: {size} = number

def untyped(x):
    return x

settings = Settings()
"""


@pytest.mark.parametrize("annotation", ["str", "str | None = None", "'AnyUrl | None' = None"])
def test_settings_of_the_users_are_used_as_they_are(tmp_path: Path, annotation: str) -> None:
    """Whatever type the URL has; their style, and what only they have installed, is theirs."""
    config = f"from pydantic import AnyUrl\n{OWN_CONFIG.format(annotation=annotation, size='int')}"
    done = with_own(tmp_path, "sqlite", {"config.py": config, "base.py": "number = 50\n"})
    store = done.files[PurePosixPath("app/stores/sqlite.py")]
    assert "settings.max_page_size" in store
    assert "pool_size: int = 10" in store
    assert "SecretStr(" in store


def test_settings_that_do_not_fit_are_the_users_to_mend(tmp_path: Path) -> None:
    """A field of another type than the store needs is no fault of ours."""
    config = OWN_CONFIG.format(annotation="str", size="str")
    with pytest.raises(UsageError, match=r"does not fit your own files(.|\n)*sqlite\.py:\d+"):
        with_own(tmp_path, "sqlite", {"config.py": config, "base.py": "number = ''\n"})


def test_an_error_in_a_file_of_the_users_is_theirs(tmp_path: Path) -> None:
    """Their file and line are named."""
    config = OWN_CONFIG.format(annotation="str", size="int")
    with pytest.raises(UsageError, match=r"app/config\.py:8: .*not assignable"):
        with_own(tmp_path, "sqlite", {"config.py": config, "base.py": "number = ''\n"})


def test_a_context_of_the_users_is_checked_with_the_store(tmp_path: Path) -> None:
    """Their type may lie in the package itself, and lean on what else is in it."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/people.py").write_text("class User:\n    id: str = ''\n")
    (tmp_path / "app/web.py").write_text(
        "from .people import User\nclass Context:\n    user: User = User()\n"
    )
    asked = replace(
        options("memory", tmp_path),
        context=ContextType("Context", "app.web", generated=False),
        owner=("user", "id"),
    )
    plan = plan_store(asked, frozenset())
    done = verified(asked, render(plan, asked, ConfigFacts(), resolve(asked, plan)))
    store = done.files[store_path(asked)]
    assert "\nfrom app.web import Context\n" in store
    assert 'owner = cast("object", context.user.id)' in store


def test_half_a_package_is_no_less_than_the_whole_one(tmp_path: Path) -> None:
    """With the project as a search path, what is about to be written still counts."""
    package = Package(PurePosixPath("backend/app"), "app", PurePosixPath("backend"))
    for name in ("backend/app/__init__.py", "web/ctx.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "web/ctx.py").write_text("class Context:\n    user_id: str = ''\n")
    (tmp_path / "ruff.toml").write_text("src = ['backend', '.']\n")
    asked = replace(
        options("memory", tmp_path),
        package=package,
        context=ContextType("Context", "web.ctx", generated=False),
    )
    plan = plan_store(asked, frozenset({PurePosixPath("backend/app/__init__.py")}))
    done = verified(asked, render(plan, asked, ConfigFacts(), resolve(asked, plan)))
    test = done.files[PurePosixPath("tests/test_memory_store.py")]
    assert "\n\nfrom app.stores.memory import MemoryStore\nfrom web.ctx import Context\n\n" in test


def test_only_the_first_syntax_error_is_told(tmp_path: Path) -> None:
    """What the parser stumbles over next is no news."""
    with pytest.raises(UsageError, match=r"type check:\n  app/context\.py:1: [^\n]*$"):
        with_own(tmp_path, "memory", {"context.py": "class RequestContext(:"})


def test_what_is_no_source_of_the_package_is_not_copied(tmp_path: Path) -> None:
    """Environments inside the package, links to nowhere and caches are passed over."""
    asked = without_tests("memory", tmp_path)
    for name in ("venv/lib/deep.py", "node_modules/tool.py", "__pycache__/x.py", "web/views.py"):
        path = tmp_path / "app" / name
        path.parent.mkdir(parents=True)
        path.write_text("x = 1\n")
    (tmp_path / "app/venv/pyvenv.cfg").touch()
    (tmp_path / "app/.#config.py").symlink_to("nobody@nowhere")
    (tmp_path / "app/config.py").write_text("settings = None\n")
    mirror(tmp_path / "stage", asked, frozenset())
    copied = {path.name for path in (tmp_path / "stage").rglob("*.py")}
    assert copied == {"config.py", "views.py"}


@pytest.mark.parametrize(
    ("rule", "module", "trusted"),
    [
        ("reportMissingImports", "litellm", True),
        ("reportMissingImports", "litellm.types", True),
        ("reportMissingModuleSource", "litellm", True),
        ("reportMissingImports", "fastapi", False),
        ("reportAttributeAccessIssue", "litellm", False),
    ],
)
def test_one_large_library_may_be_missing_and_no_other(
    rule: str, module: str, trusted: bool
) -> None:
    """Its import is taken on trust; with any other missing nothing would have been checked."""
    message = f'Import "{module}" could not be resolved'
    found = Diagnostic(PurePosixPath("app/assistant/model.py"), 1, "error", rule, message)
    assert is_left_out(found) == trusted
