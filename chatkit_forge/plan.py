"""Options -> which file lands where. Pure: nothing is read, nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from .options import AppOptions, Backend, Options, ServerOptions, StoreOptions

# The modules beside a store that it imports; most are shared, so that a second store adds few.
_MODULES: dict[Backend, tuple[str, ...]] = {
    "memory": ("errors", "codec"),
    "sqlite": ("errors", "codec", "schema"),
    "mongodb": ("errors", "codec", "schema", "mongodb_url"),
    "postgres": ("errors", "codec", "schema", "postgres_url", "postgres_pool"),
    "mysql": ("errors", "codec", "schema", "mysql_url", "mysql_driver", "mysql_pool"),
}
# What begins with a dot in a project; a template carries no dot, so that no tool obeys it here.
_DOTTED = frozenset({
    "dockerignore", "editorconfig", "env.example", "gitattributes", "github", "gitignore",
    "pre-commit-config.yaml", "python-version",
})  # fmt: skip
Role = Literal["code", "test", "shared"]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """Pair a template with the path, relative to the project, that it is written to.

    "shared" files are the same for every backend; "code" and "test" belong to one.
    """

    template: str
    path: PurePosixPath
    role: Role

    @property
    def is_python(self) -> bool:
        """Say whether the file is renamed, formatted and type-checked."""
        return self.path.suffix == ".py"

    @property
    def is_verbatim(self) -> bool:
        """Say whether the file is copied byte for byte."""
        return self.template.startswith("web/")


def plan(
    options: Options, existing: frozenset[PurePosixPath], templates: Sequence[str]
) -> tuple[PlannedFile, ...]:
    """Return the files that the options ask for, out of the names of all `templates`.

    See `plan_store` for `existing`. A server's files are found by their folder, so that a new
    template needs no entry here.
    """
    match options:
        case StoreOptions():
            return plan_store(options, existing)
        case ServerOptions():
            return (*_shared(options, existing), *_server(options, templates))
        case AppOptions(store=store, server=server):
            project = [
                PlannedFile(f"project/{rest}", _undotted(rest), "shared")
                for rest in _below("project", templates)
                # Lessons to search in.
                if server.rag or not rest.startswith("docs/")
            ]
            planned = (*plan_store(store, existing), *_server(server, templates), *project)
            return tuple(dict.fromkeys(planned))


def plan_store(
    options: StoreOptions, existing: frozenset[PurePosixPath]
) -> tuple[PlannedFile, ...]:
    """Return the files of one store; `existing` holds the user's own, which are used as they are.

    A config.py, a context.py or an `__init__.py` in `existing` is not planned, nor is a context.py
    for a context type of the user's.
    """
    stores = options.package.folder / "stores"
    planned = list(_shared(options, existing))
    for name in _MODULES[options.backend]:
        planned.append(PlannedFile(f"store/{name}.py", stores / f"{name}.py", "shared"))
    planned.append(PlannedFile(f"store/{options.backend}.py", store_path(options), "code"))
    if options.tests:
        name = f"test_{options.backend}_store.py"
        planned.append(PlannedFile(f"store/{name}", PurePosixPath("tests", name), "test"))
    return tuple(planned)


def _shared(
    options: StoreOptions | ServerOptions, existing: frozenset[PurePosixPath]
) -> Iterator[PlannedFile]:
    """Yield the modules that stores and servers of one package have in common."""
    package = options.package.folder
    shared = [
        PlannedFile("store/package_init.py", package / "__init__.py", "shared"),
        PlannedFile("store/config.py", config_path(options), "shared"),
    ]
    if options.context.generated:
        shared.append(PlannedFile("store/context.py", context_path(options), "shared"))
    shared.append(PlannedFile("store/stores_init.py", package / "stores" / "__init__.py", "shared"))
    yield from (file for file in shared if file.path not in existing)


def _server(options: ServerOptions, templates: Sequence[str]) -> Iterator[PlannedFile]:
    """Yield the files of a server, its page and its tests."""
    package = options.package.folder
    if options.errors is None:
        yield PlannedFile("store/errors.py", package / "stores" / "errors.py", "shared")
    for folder, target, wanted in (
        ("server", package, True),
        ("search", package / "search", options.rag),
        ("attachments", package / "attachments", options.attachments),
        ("web", PurePosixPath("web"), True),
    ):
        for rest in _below(folder, templates) if wanted else ():
            # Run as `python -m app.ingest`, so it is not one of the search's own modules.
            place = package if (folder, rest) == ("search", "ingest.py") else target
            yield PlannedFile(f"{folder}/{rest}", place / rest, "code")
    page = "in_context" if options.page_in_context else "beside_context"
    for variant, place in (
        (f"auth/{options.auth}.py", "http/auth.py"),
        (f"model/{options.provider}.py", "assistant/model.py"),
        (f"page/{page}.py", "assistant/page.py"),
    ):
        if f"variants/{variant}" in templates:
            yield PlannedFile(f"variants/{variant}", package / place, "code")
    if options.tests:
        chosen = {"": True, "search": options.rag, "attachments": options.attachments}
        chosen |= {options.auth: True, options.provider: True, page: True}
        for rest in _below("tests", templates):
            folder, _, name = rest.rpartition("/")
            if chosen.get(folder, False):
                yield PlannedFile(f"tests/{rest}", PurePosixPath("tests", name), "test")


def _below(folder: str, templates: Sequence[str]) -> Iterator[str]:
    """Yield the names of the templates in a folder, as that folder calls them."""
    for template in templates:
        if template.startswith(f"{folder}/"):
            yield template.removeprefix(f"{folder}/")


def _undotted(rest: str) -> PurePosixPath:
    """Return where a template of the project lands: "github/x.yml" at ".github/x.yml"."""
    first, *others = PurePosixPath(rest).parts
    return PurePosixPath(f".{first}" if first in _DOTTED else first, *others)


def store_path(options: StoreOptions) -> PurePosixPath:
    """Return where the store lands: "app/stores/postgres.py"."""
    return options.package.folder / "stores" / f"{options.backend}.py"


def config_path(options: Options) -> PurePosixPath:
    """Return where the settings are, ours or the user's."""
    return options.package.folder / "config.py"


def context_path(options: Options) -> PurePosixPath:
    """Return where `RequestContext` is, ours or the user's."""
    return options.package.folder / "context.py"
