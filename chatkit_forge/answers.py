"""Turn what was typed into validated options; ask for what is missing where somebody can answer."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

from . import config_facts, validate
from .errors import UsageError
from .install import STORE_REQUIREMENTS
from .options import (
    BACKENDS,
    DEFAULT_TABLE_PREFIX,
    Backend,
    ContextType,
    Package,
    StoreOptions,
    StoreRequest,
)
from .project import SeveralPackagesError, find_package
from .prompts import Asker
from .settings_source import find_module
from .templates import template_source


def settle(
    request: StoreRequest, asker: Asker, requirements: Sequence[str] = STORE_REQUIREMENTS
) -> StoreOptions:
    """Return the options that a request stands for; raises UsageError for the first bad answer.

    `requirements` is what the package must not hide.
    """
    backend = _backend(request, asker)
    context = validate.context_type(request.context)
    default = default_class(backend)
    driver = _driver(request, backend)
    class_name = default
    if request.class_name is not None:
        class_name = validate.class_name(request.class_name, _sources(backend, driver), default)
    if class_name == context.expression:
        raise UsageError(f"--class-name {class_name!r} is also the name of the context's type")
    package = choose_package(request.project, request.package, asker, requirements)
    _check_context(request.project, package, context)
    return StoreOptions(
        project=request.project,
        package=package,
        backend=backend,
        class_name=class_name,
        context=context,
        owner=validate.owner_path(request.owner),
        helpers=request.helpers,
        driver=driver,
        table_prefix=_table_prefix(request, package, backend),
        tests=request.tests,
    )


def default_class(backend: Backend) -> str:
    """Return the class's name when none is asked for, the one that the template has."""
    return f"{backend.capitalize()}Store"


def _backend(request: StoreRequest, asker: Asker) -> Backend:
    if request.backend is not None:
        return validate.backend(request.backend)
    missing = UsageError(f"--backend is missing; choose one of {', '.join(BACKENDS)}")
    return validate.backend(asker.choose("backend", BACKENDS, missing))


def _driver(request: StoreRequest, backend: Backend) -> Literal["pymongo", "motor"]:
    if request.driver is not None:
        return validate.driver(request.driver, backend)
    return "pymongo"


def choose_package(
    project: Path, asked: str | None, asker: Asker, requirements: Sequence[str]
) -> Package:
    """Return the package asked for or found; of several, the one chosen on the terminal."""
    try:
        return find_package(project, asked, requirements)
    except SeveralPackagesError as error:
        chosen = asker.choose("package", error.folders, error)
        return find_package(project, chosen, requirements)


def _table_prefix(request: StoreRequest, package: Package, backend: Backend) -> str:
    """Return the prefix asked for, else the one the package's settings have already.

    Another store of the same package reads it there: it must not change behind its back.
    """
    asked = request.table_prefix
    if asked is not None and backend == "memory":
        raise UsageError(
            f"--table-prefix {asked!r}: --backend memory keeps everything in the process; it has "
            "no tables that a prefix could be for"
        )
    if asked is None:
        config = request.project / package.folder / "config.py"
        asked = config_facts.table_prefix(config) or DEFAULT_TABLE_PREFIX
    return validate.table_prefix(asked, backend)


def _check_context(project: Path, package: Package, context: ContextType) -> None:
    """Raise UsageError when the context's module does not parse: pyright guesses what is meant."""
    module = context.module
    if context.generated:
        # One of the user's own may stand in its place.
        module = f"{package.import_name}.context"
    if module is None:
        return
    found = find_module(project, module, (package.import_root, PurePosixPath()))
    if found is None:
        return
    _, path = found
    try:
        ast.parse((project / path).read_bytes(), path.name)
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"the context in {path} cannot be read: {reason}") from error


def _sources(backend: Backend, driver: str) -> Iterable[str]:
    """Yield the templates whose own names a class must not take."""
    yield template_source(f"store/{backend}.py")
    yield template_source(f"store/test_{backend}_store.py")
