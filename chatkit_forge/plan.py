"""Options -> which file lands where. Pure: nothing is read, nothing is written."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from .options import Backend, StoreOptions

# The modules beside a store that it imports; most are shared, so that a second store adds few.
_MODULES: dict[Backend, tuple[str, ...]] = {
    "memory": ("errors", "codec"),
    "sqlite": ("errors", "codec", "schema"),
    "mongodb": ("errors", "codec", "schema", "mongodb_url"),
    "postgres": ("errors", "codec", "schema", "postgres_url", "postgres_pool"),
    "mysql": ("errors", "codec", "schema", "mysql_url", "mysql_driver", "mysql_pool"),
}
Role = Literal["code", "test", "shared"]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """Pair a template with the path, relative to the project, that it is written to.

    "shared" files are the same for every backend; "code" and "test" belong to one.
    """

    template: str
    path: PurePosixPath
    role: Role


def plan_store(
    options: StoreOptions, existing: frozenset[PurePosixPath]
) -> tuple[PlannedFile, ...]:
    """Return the files of one store; `existing` holds the user's own, which are used as they are.

    A config.py, a context.py or an `__init__.py` in `existing` is not planned, nor is a context.py
    for a context type of the user's.
    """
    package = options.package.folder
    stores = package / "stores"
    shared = [
        PlannedFile("store/package_init.py", package / "__init__.py", "shared"),
        PlannedFile("store/config.py", config_path(options), "shared"),
    ]
    if options.context.generated:
        shared.append(PlannedFile("store/context.py", context_path(options), "shared"))
    shared.append(PlannedFile("store/stores_init.py", stores / "__init__.py", "shared"))
    planned = [file for file in shared if file.path not in existing]
    for name in _MODULES[options.backend]:
        planned.append(PlannedFile(f"store/{name}.py", stores / f"{name}.py", "shared"))
    planned.append(PlannedFile(f"store/{options.backend}.py", store_path(options), "code"))
    if options.tests:
        name = f"test_{options.backend}_store.py"
        planned.append(PlannedFile(f"store/{name}", PurePosixPath("tests", name), "test"))
    return tuple(planned)


def store_path(options: StoreOptions) -> PurePosixPath:
    """Return where the store lands: "app/stores/postgres.py"."""
    return options.package.folder / "stores" / f"{options.backend}.py"


def config_path(options: StoreOptions) -> PurePosixPath:
    """Return where the settings are, ours or the user's."""
    return options.package.folder / "config.py"


def context_path(options: StoreOptions) -> PurePosixPath:
    """Return where `RequestContext` is, ours or the user's."""
    return options.package.folder / "context.py"
