"""Mirror what the generated files lean on: the user's own modules, beside ours, in the stage."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from .errors import UsageError
from .options import Options, server_of
from .plan import config_path, context_path

SOURCES = (".py", ".pyi")
_NO_PACKAGES = frozenset({"__pycache__", "node_modules"})


def put(stage: Path, files: Mapping[PurePosixPath, str]) -> None:
    """Write the files below `stage`; raises UsageError when there is no room for them."""
    try:
        for path, text in files.items():
            target = stage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"the temporary folder {stage.parent}: {error.strerror}") from error


def mirror(stage: Path, options: Options, planned: frozenset[PurePosixPath]) -> None:
    """Copy the user's sources that our files import, directly or through one another.

    That is all of the package, when its own config.py or context.py is used, and the packages of
    the context's type and of a server's store. A copy, because pyright looks for a module beside
    the files it checks first, and does not look elsewhere when it finds half a package there.
    """
    root = options.package.import_root
    wanted: set[PurePosixPath] = set()
    if own_modules(options, planned):
        wanted.add(root / options.package.import_name.partition(".")[0])
    for module in _foreign(options, planned):
        top = module.partition(".")[0]
        wanted |= {root / top, PurePosixPath(top)}
    sources = {path for top in wanted for path in _sources(options.project, top)}
    # Without its `__init__.py`, half a package loses against the whole one in the project.
    for folder in (options.package.folder / "stores", *options.package.folder.parents):
        sources.add(folder / "__init__.py")
    sources.add(options.package.folder / "__init__.py")
    for path in sources - planned:
        if (options.project / path).is_file():
            put(stage, {path: _text(options.project, path)})


def own_modules(options: Options, planned: frozenset[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Return the user's own config and context modules that our files import."""
    paths = [config_path(options)]
    if options.context.generated:
        paths.append(context_path(options))
    found: list[PurePosixPath] = []
    for path in paths:
        # `config/` is a module of the same name, and Python prefers it.
        for candidate in (path.with_suffix("") / "__init__.py", path):
            if candidate not in planned and (options.project / candidate).is_file():
                found.append(candidate)
                break
    return tuple(found)


def search_paths(stage: Path, options: Options) -> tuple[Path, ...]:
    """Return where imports are looked for beside the stage: in the user's project."""
    root = options.package.import_root
    paths = [stage / root]
    if server_of(options) is not None or options.context.module is not None:
        paths += [options.project / root, options.project]
    return tuple(dict.fromkeys(paths))


def _foreign(options: Options, planned: frozenset[PurePosixPath]) -> Iterator[str]:
    """Yield the user's modules that our files import: the context's and the store's."""
    if options.context.module is not None:
        yield options.context.module
    server = server_of(options)
    if server is not None:
        place = options.package.import_root / server.store.module.replace(".", "/")
        if place.with_suffix(".py") not in planned:
            yield server.store.module


def _text(project: Path, path: PurePosixPath) -> str:
    """Return the user's source; pyright reads what is no UTF-8 as we do."""
    try:
        return (project / path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _sources(project: Path, top: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the Python files of a top-level package, or the module of that name."""
    for suffix in SOURCES:
        single = top.with_name(f"{top.name}{suffix}")
        if (project / single).is_file():
            yield single
    for _, _, files in walk(project / top):
        yield from (PurePosixPath(path.relative_to(project).as_posix()) for path in files)


def walk(top: Path) -> Iterator[tuple[Path, list[str], list[Path]]]:
    """Yield each folder that imports lead to below one, with its folders and its Python files."""
    for name, names, files in os.walk(top):
        folder = Path(name)
        # An environment inside the package, as in a project whose root is one, is none of it.
        names[:] = [name for name in names if name.isidentifier() and name not in _NO_PACKAGES]
        if "pyvenv.cfg" in files:
            names.clear()
            continue
        # Editors leave links to nowhere, such as `.#config.py`.
        paths = [folder / name for name in files if name.endswith(SOURCES)]
        yield folder, names, [path for path in paths if path.is_file()]
