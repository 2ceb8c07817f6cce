"""What the user asked for: frozen, validated elsewhere, no I/O."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

Backend = Literal["postgres", "mysql", "sqlite", "mongodb", "memory"]
BACKENDS: tuple[Backend, ...] = ("postgres", "mysql", "sqlite", "mongodb", "memory")
Auth = Literal["session", "jwt"]
AUTHS: tuple[Auth, ...] = ("session", "jwt")
Provider = Literal["openai", "litellm"]
PROVIDERS: tuple[Provider, ...] = ("openai", "litellm")
# What documents are searched with, and where attachments are kept: one answer each so far.
RAGS = ("qdrant",)
ATTACHMENTS = ("disk",)

DEFAULT_SERVER = "AssistantServer"
DEFAULT_TABLE_PREFIX = "chatkit_"


@dataclass(frozen=True, slots=True)
class ContextType:
    """Name the type of the request context that the store is written for.

    `module` is None for the generated `RequestContext` and for the builtin `dict[str, Any]`.
    """

    expression: str = "RequestContext"
    module: str | None = None
    generated: bool = True


@dataclass(frozen=True, slots=True)
class Package:
    """Locate the package that receives the files.

    `folder` is relative to the project ("app", "src/shop"), `import_name` is what Python calls it
    ("app", "shop"), `import_root` the folder relative to the project it is importable from
    ("." or "src").
    """

    folder: PurePosixPath
    import_name: str
    import_root: PurePosixPath


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Hold every answer that decides what `new store` writes."""

    project: Path
    package: Package
    backend: Backend
    class_name: str
    context: ContextType = ContextType()
    owner: tuple[str, ...] = ("user_id",)
    helpers: bool = False
    driver: Literal["pymongo", "motor"] = "pymongo"
    table_prefix: str = DEFAULT_TABLE_PREFIX
    tests: bool = True

    @property
    def entry(self) -> str:
        """Return where the store can be imported from, as `package.module:Class`."""
        return f"{self.package.import_name}.stores.{self.backend}:{self.class_name}"


@dataclass(frozen=True, slots=True)
class StoreClass:
    """Name the class of a store and the module it is imported from."""

    module: str
    name: str

    def __str__(self) -> str:
        """Return "package.module:Class"."""
        return f"{self.module}:{self.name}"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Hold every answer that decides what `new server` writes.

    `backend` is the store's, None for a store of the user's own that keeps its data elsewhere:
    it decides how the tests make one. `table_prefix` is the one that the package's settings have
    already. `page_in_context` says
    whether the request context has keys for the page, or the page goes beside it. `errors` is the
    module that has the store's StoreUnavailable, None for the package's own `stores/errors.py`.
    """

    project: Path
    package: Package
    store: StoreClass
    class_name: str = DEFAULT_SERVER
    context: ContextType = ContextType()
    owner: tuple[str, ...] = ("user_id",)
    page_in_context: bool = True
    rag: bool = False
    attachments: bool = False
    auth: Auth = "session"
    provider: Provider = "openai"
    table_prefix: str = DEFAULT_TABLE_PREFIX
    errors: str | None = None
    backend: Backend | None = None
    tests: bool = True

    @property
    def entry(self) -> str:
        """Return where the server can be imported from, as `package.module:Class`."""
        return f"{self.package.import_name}.server:{self.class_name}"

    @property
    def app_entry(self) -> str:
        """Return what an ASGI server runs, as `package.module:variable`."""
        return f"{self.package.import_name}.main:app"


@dataclass(frozen=True, slots=True)
class AppOptions:
    """Hold every answer that decides what `new app` writes: a project of a store and a server.

    Both are for the same project, package and context.
    """

    name: str
    store: StoreOptions
    server: ServerOptions

    @property
    def project(self) -> Path:
        """Return the project's own folder, which need not exist yet."""
        return self.store.project

    @property
    def package(self) -> Package:
        """Return the package that receives the files."""
        return self.store.package

    @property
    def context(self) -> ContextType:
        """Return the type of the request context."""
        return self.store.context

    @property
    def owner(self) -> tuple[str, ...]:
        """Return where the context holds the owner."""
        return self.store.owner

    @property
    def table_prefix(self) -> str:
        """Return what every table begins with."""
        return self.store.table_prefix

    @property
    def tests(self) -> bool:
        """Say whether tests are written."""
        return self.store.tests


Options = StoreOptions | ServerOptions | AppOptions


def store_of(options: Options) -> StoreOptions | None:
    """Return the store that is to be written, None when the server uses one that is there."""
    match options:
        case StoreOptions():
            return options
        case AppOptions(store=store):
            return store
        case ServerOptions():
            return None


def server_of(options: Options) -> ServerOptions | None:
    """Return the server that is to be written, None for a store alone."""
    match options:
        case ServerOptions():
            return options
        case AppOptions(server=server):
            return server
        case StoreOptions():
            return None


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """Hold the answers of `new store` as typed, not yet validated; None where none was given."""

    project: Path
    backend: str | None = None
    package: str | None = None
    class_name: str | None = None
    context: str | None = None
    owner: str = "user_id"
    helpers: bool = False
    driver: str | None = None
    table_prefix: str | None = None
    tests: bool = True


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """Hold the answers of `new server` as typed, not yet validated; None where none was given."""

    project: Path
    store: str | None = None
    package: str | None = None
    class_name: str | None = None
    owner: str | None = None
    rag: str | None = None
    attachments: str | None = None
    auth: str | None = None
    provider: str | None = None
    tests: bool = True


@dataclass(frozen=True, slots=True)
class AppRequest:
    """Hold the answers of `new app` as typed; the folder of the project is one of them."""

    name: str
    store: StoreRequest
    server: ServerRequest


@dataclass(frozen=True, slots=True)
class RunMode:
    """Say what is done with the files: written, or only shown, and in which form."""

    dry_run: bool = False
    diff: bool = False
    force: bool = False
    json: bool = False

    @property
    def writes(self) -> bool:
        """Say whether this run may change the project."""
        return not (self.dry_run or self.diff)
