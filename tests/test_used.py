"""Which files of the package are the user's own."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import receipt
from chatkit_forge.options import ContextType, Package, StoreOptions
from chatkit_forge.used import own_files

CONFIG = PurePosixPath("app/config.py")
GENERATED = "settings = Settings()\n"


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    """Return options for the package `app` of an empty project."""
    (tmp_path / "app").mkdir()
    package = Package(PurePosixPath("app"), "app", PurePosixPath("."))
    return StoreOptions(tmp_path, package, "sqlite", "SqliteStore")


def generate(options: StoreOptions) -> None:
    """Let an earlier run have written config.py."""
    text = receipt.updated(None, {"entry": {}}, {CONFIG: GENERATED})
    (options.project / receipt.PATH).write_text(text)
    (options.project / CONFIG).write_text(GENERATED)


def own(options: StoreOptions) -> dict[PurePosixPath, str]:
    """Return the user's files with what the receipt of the project knows."""
    return own_files(options, receipt.load(options.project))


def test_an_empty_package_has_no_files_of_the_users(options: StoreOptions) -> None:
    """Everything is ours to write."""
    assert own(options) == {}


def test_files_that_nobody_generated_are_the_users(options: StoreOptions) -> None:
    """Settings, context and both __init__.py are used as they are, an empty one too."""
    for name in (
        "__init__.py",
        "config.py",
        "context.py",
        "stores/__init__.py",
        "stores/errors.py",
    ):
        path = options.project / "app" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    names = ("__init__.py", "config.py", "context.py", "stores/__init__.py")
    assert own(options) == {PurePosixPath("app", name): f"app/{name}" for name in names}


def test_a_generated_file_is_ours_until_it_is_edited(options: StoreOptions) -> None:
    """Adding a setting of one's own makes config.py one's own; line ends do not."""
    generate(options)
    assert own(options) == {}
    (options.project / CONFIG).write_bytes(GENERATED.replace("\n", "\r\n").encode())
    assert own(options) == {}
    (options.project / CONFIG).write_text(GENERATED + "debug = True\n")
    assert own(options) == {CONFIG: "app/config.py"}


def test_a_package_stands_for_the_module_of_its_name(options: StoreOptions) -> None:
    """`config/__init__.py` is what `from ..config import settings` would find."""
    (options.project / "app" / "config").mkdir()
    (options.project / "app" / "config" / "__init__.py").write_text("")
    assert own(options) == {CONFIG: "app/config/__init__.py"}


def test_the_context_is_not_looked_at_when_another_is_asked_for(options: StoreOptions) -> None:
    """With --context no context.py is written, so the user's own is of no concern."""
    (options.project / "app" / "context.py").write_text("")
    other = ContextType("Ctx", "shop.ctx", generated=False)
    asked = StoreOptions(options.project, options.package, "sqlite", "SqliteStore", other)
    assert own(asked) == {}


def test_settings_keep_the_prefix_that_another_store_reads(options: StoreOptions) -> None:
    """A second store with a prefix of its own leaves the shared default alone."""
    config = 'class Settings:\n    table_prefix: str = "old_"\n\nsettings = Settings()\n'
    other = replace(options, backend="memory", class_name="MemoryStore")
    for entry, expected in ((other.entry, {CONFIG: "app/config.py"}), (options.entry, {})):
        text = receipt.updated(None, {entry: {}}, {CONFIG: config})
        (options.project / receipt.PATH).write_text(text)
        (options.project / CONFIG).write_text(config)
        assert own(replace(options, table_prefix="new_")) == expected
        assert own(replace(options, table_prefix="old_")) == {}
