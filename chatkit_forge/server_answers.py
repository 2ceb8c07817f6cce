"""Turn what was typed about a server into validated options."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TypedDict, TypeVar

from . import config_facts, receipt, store_class, validate
from .answers import choose_package
from .errors import UsageError
from .install import SERVER_REQUIREMENTS, STORE_REQUIREMENTS
from .options import (
    ATTACHMENTS,
    AUTHS,
    DEFAULT_SERVER,
    DEFAULT_TABLE_PREFIX,
    PROVIDERS,
    RAGS,
    Auth,
    Backend,
    ContextType,
    Package,
    Provider,
    ServerOptions,
    ServerRequest,
    StoreClass,
)
from .project import find_package
from .prompts import Asker
from .pyproject import declared_packages, load
from .receipt import Receipt
from .store_class import FoundStore
from .templates import template_names, template_source

_REQUIREMENTS = (*STORE_REQUIREMENTS, *SERVER_REQUIREMENTS)
_GENERATED = "RequestContext"
_FOLDERS = frozenset({"server", "search", "attachments", "tests", "variants"})
# Served as it is, collected by pytest, read for the search.
_FOLDERS_BESIDE = {"web": "the page", "tests": "the tests", "docs": "the lessons"}
_Choice = TypeVar("_Choice", bound=str)


def settle_server(request: ServerRequest, asker: Asker) -> ServerOptions:
    """Return the options that a request stands for; raises UsageError for the first bad answer."""
    parts, class_name = choices(request), checked_class(request.class_name)
    known = receipt.load(request.project)
    found = store_class.find(
        request.project, _store(request, known, asker), _roots(request.project)
    )
    package = _package(request, found, asker)
    check_place(package)
    context = found.context
    if context.module == f"{package.import_name}.context" and context.expression == _GENERATED:
        context = ContextType()
    if class_name in (context.expression, found.store.name):
        raise UsageError(
            f"--class-name {class_name!r} is also the name of the store or its context; "
            "choose another"
        )
    owner = _known_owner(known, found.store) if request.owner is None else request.owner
    path = validate.owner_path(owner)
    if found.lacking:
        missing = " and ".join(f"`async def {name}(self) -> None`" for name in found.lacking)
        raise UsageError(
            f"--store {found.store}: the application awaits connect() when it starts and close() "
            f"when it stops; add {missing} to {found.store.name}"
        )
    config = request.project / package.folder / "config.py"
    return ServerOptions(
        project=request.project,
        package=package,
        store=found.store,
        class_name=class_name,
        context=context,
        owner=path,
        page_in_context=context.generated and _has_page(request.project, package),
        table_prefix=config_facts.table_prefix(config) or DEFAULT_TABLE_PREFIX,
        backend=_known_backend(known, found),
        errors=None if found.errors == f"{package.import_name}.stores.errors" else found.errors,
        tests=request.tests,
        **parts,
    )


def _store(request: ServerRequest, known: Receipt | None, asker: Asker) -> StoreClass:
    """Return the store asked for; on a terminal, one of those that were generated here."""
    if request.store is not None:
        return store_class.parse(request.store)
    stores = (
        [entry for entry, given in known.answers.items() if "backend" in given] if known else []
    )
    named = f" (here: {', '.join(stores)})" if stores else ""
    missing = UsageError(
        f"--store is missing; name the store's class, as in app.stores.sqlite:SqliteStore{named}"
    )
    if not stores:
        raise missing
    return store_class.parse(asker.choose("store", stores, missing))


def _known_owner(known: Receipt | None, store: StoreClass) -> str:
    """Return where the store was told to find the owner."""
    answers = known.answers.get(str(store)) if known else None
    return str(answers.get("owner", "user_id")) if answers else "user_id"


def _known_backend(known: Receipt | None, found: FoundStore) -> Backend | None:
    """Return what the store was generated for, None for one that was not."""
    answers = known.answers.get(str(found.store)) if known else None
    if answers and "backend" in answers:
        return validate.backend(str(answers["backend"]))
    # Made of nothing, as ours for memory: the tests have no other way to make one.
    return "memory" if found.takes_nothing else None


def _roots(project: Path) -> list[PurePosixPath]:
    """Return the folders that modules of the project are imported from, the declared ones first."""
    declared = [place.import_root for place in declared_packages(load(project))]
    return list(dict.fromkeys([*declared, PurePosixPath(), PurePosixPath("src")]))


def _package(request: ServerRequest, found: FoundStore, asker: Asker) -> Package:
    """Return the package asked for, else the one that the store is in."""
    asked = request.package
    top = found.store.module.partition(".")[0]
    if asked is None and (request.project / found.root / top).is_dir():
        asked = str(found.root / top)
        with suppress(UsageError):
            shown = find_package(request.project, None, _REQUIREMENTS)
            # A package inside a namespace, such as `company.shop`.
            if found.store.module.startswith(f"{shown.import_name}."):
                return shown
    return choose_package(request.project, asked, asker, _REQUIREMENTS)


def _has_page(project: Path, package: Package) -> bool:
    """Say whether the package's RequestContext, ours or the user's, has what a page is kept in."""
    path = project / package.folder / "context.py"
    if not path.is_file():
        return True
    try:
        keys = _keys(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"the context in {path.name} cannot be read: {reason}") from error
    return _keys(template_source("store/context.py")) <= keys


def _keys(source: str) -> frozenset[str]:
    """Return the names of the classes in a context module, and the keys of its RequestContext."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
            lines = node.body if node.name == _GENERATED else []
            found |= {ast.unparse(line.target) for line in lines if isinstance(line, ast.AnnAssign)}
    return frozenset(found)


class Choices(TypedDict):
    """Hold the answers that decide which parts a server has."""

    rag: bool
    attachments: bool
    auth: Auth
    provider: Provider


def choices(request: ServerRequest) -> Choices:
    """Return the parts that were asked for; raises UsageError for one that there is not."""
    return {
        "rag": request.rag is not None and bool(_one_of("--rag", request.rag, RAGS)),
        "attachments": request.attachments is not None
        and bool(_one_of("--attachments", request.attachments, ATTACHMENTS)),
        "auth": _one_of("--auth", _given(request.auth, AUTHS[0]), AUTHS),
        "provider": _one_of("--provider", _given(request.provider, PROVIDERS[0]), PROVIDERS),
    }


def checked_class(asked: str | None) -> str:
    """Return the server's class name: the one asked for when its files can carry it."""
    if asked is None:
        return DEFAULT_SERVER
    return validate.class_name(asked, _sources(), DEFAULT_SERVER)


def check_place(package: Package) -> None:
    """Raise UsageError for a package in a folder that has another purpose."""
    top = package.folder.parts[0]
    if top in _FOLDERS_BESIDE:
        raise UsageError(
            f"--package {package.folder} is in the folder that is for {_FOLDERS_BESIDE[top]}; "
            "choose another"
        )


def _given(asked: str | None, default: str) -> str:
    """Return the answer: an empty one, as from a variable that is not set, is not the default."""
    return default if asked is None else asked


def _one_of(option: str, asked: str, known: tuple[_Choice, ...]) -> _Choice:
    for choice in known:
        if asked == choice:
            return choice
    raise UsageError(f"unknown {option} {asked!r}; choose {' or '.join(known)}")


def _sources() -> Iterator[str]:
    """Yield the templates that name the server's class, and whose own names it must not take."""
    for name in template_names():
        if name.endswith(".py") and name.partition("/")[0] in _FOLDERS:
            source = template_source(name)
            if DEFAULT_SERVER in source:
                yield source
