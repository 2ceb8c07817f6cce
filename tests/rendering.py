"""Options for rendering stores in tests, and the files that come of them."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from chatkit_forge.access import USER_ID, Access
from chatkit_forge.config_facts import ConfigFacts
from chatkit_forge.options import (
    AppOptions,
    Backend,
    Package,
    ServerOptions,
    StoreClass,
    StoreOptions,
)
from chatkit_forge.plan import plan_store, store_path
from chatkit_forge.render import Rendered, render

APP = Package(PurePosixPath("app"), "app", PurePosixPath())
SRC_SHOP = Package(PurePosixPath("src/shop"), "shop", PurePosixPath("src"))


def options(backend: Backend = "sqlite", project: Path = Path("nowhere")) -> StoreOptions:
    """Return the default options for a backend."""
    return StoreOptions(project, APP, backend, f"{backend.capitalize()}Store")


def server(project: Path = Path("nowhere")) -> ServerOptions:
    """Return the default options of a server on the SQLite store."""
    return ServerOptions(project, APP, StoreClass("app.stores.sqlite", "SqliteStore"))


def app(backend: Backend = "sqlite", project: Path = Path("nowhere")) -> AppOptions:
    """Return the default options of a whole project."""
    store = options(backend, project)
    return AppOptions("shop", store, replace(server(), store=StoreClass(*store.entry.split(":"))))


def rendered(
    asked: StoreOptions,
    facts: ConfigFacts | None = None,
    access: Access = USER_ID,
    existing: frozenset[PurePosixPath] = frozenset(),
) -> Rendered:
    """Return the rendered files of one store."""
    return render(plan_store(asked, existing), asked, facts or ConfigFacts(), access)


def the_store(
    asked: StoreOptions, facts: ConfigFacts | None = None, access: Access = USER_ID
) -> str:
    """Return the text of the store itself."""
    return rendered(asked, facts, access).texts[store_path(asked)]


def the_test(asked: StoreOptions, access: Access = USER_ID) -> str:
    """Return the text of the generated test."""
    path = PurePosixPath("tests", f"test_{asked.backend}_store.py")
    return rendered(asked, access=access).texts[path]
