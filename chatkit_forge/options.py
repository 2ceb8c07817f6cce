"""What the user asked for: frozen, validated elsewhere, no I/O."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

Backend = Literal["postgres", "mysql", "sqlite", "mongodb", "memory"]
BACKENDS: tuple[Backend, ...] = ("postgres", "mysql", "sqlite", "mongodb", "memory")


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
