"""Turn what was typed for `new app` into validated options, and look at the folder it goes to."""

import re
from dataclasses import replace
from pathlib import Path

from . import origin, receipt
from .answers import settle
from .errors import UsageError
from .install import SERVER_REQUIREMENTS, STORE_REQUIREMENTS
from .options import AppOptions, AppRequest, Package, ServerOptions, StoreClass
from .prompts import Asker
from .server_answers import check_place, checked_class, choices
from .taken import provided_by
from .templates import template_names

_REQUIREMENTS = (*STORE_REQUIREMENTS, *SERVER_REQUIREMENTS)
# A distribution's name, which is a folder's name everywhere as well.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
# What people and their tools put into a folder before there is a project.
_NO_MATTER = frozenset(
    {".git", ".gitattributes", ".idea", ".venv", ".vscode", ".DS_Store", "LICENSE"}
)


def settle_app(request: AppRequest, asker: Asker) -> AppOptions:
    """Return the options that a request stands for; raises UsageError for the first bad answer."""
    name = project_name(request.name)
    project = request.store.project
    first = not _has_earlier_run(project, name)
    package = request.store.package
    if package is None and first:
        package = "app"
    store = settle(replace(request.store, package=package), asker, _REQUIREMENTS)
    check_place(store.package)
    _check_root(store.package)
    server = ServerOptions(
        project=project,
        package=store.package,
        store=StoreClass(*store.entry.split(":")),
        class_name=checked_class(request.server.class_name),
        context=store.context,
        owner=store.owner,
        table_prefix=store.table_prefix,
        tests=store.tests,
        **choices(request.server),
    )
    if server.class_name == store.class_name:
        raise UsageError(f"the store and the server cannot both be called {server.class_name}")
    return AppOptions(name, store, server)


def project_name(name: str) -> str:
    """Return a name that a folder and a Python distribution can have, or raise UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"NAME {name!r} must be letters, digits, '-', '_' and '.', with a letter or digit at "
            "both ends; the project is made in the folder of that name, here"
        )
    owner = provided_by(name, (*_REQUIREMENTS, origin.NAME))
    if owner is not None:
        raise UsageError(f"a project named {name!r} could not depend on {owner}; choose another")
    return name


def _check_root(package: Package) -> None:
    """Raise UsageError for a package that would stand where one of the project's files does."""
    top = package.folder.parts[0]
    # Without regard to case, as on the disks of macOS and Windows.
    for name in template_names():
        room, _, rest = name.partition("/")
        if room == "project" and rest.casefold() == top.casefold():
            raise UsageError(f"--package {package.folder}: the project has a file {rest}")


def _has_earlier_run(project: Path, name: str) -> bool:
    """Say whether the folder holds a project of ours; raises UsageError when it cannot get one."""
    if project.is_symlink() and not project.exists():
        raise UsageError(f"{name} is a symbolic link to nothing; remove it or choose another name")
    if project.exists() and not project.is_dir():
        raise UsageError(f"{name} is a file; choose another name")
    if not project.is_dir():
        return False
    if receipt.load(project) is not None:
        return True
    there = sorted(entry.name for entry in project.iterdir() if entry.name not in _NO_MATTER)
    if there:
        raise UsageError(
            f"{name} is not empty ({', '.join(there[:3])}{', ...' if there[3:] else ''}); choose "
            "another name, or run `chatkit-forge new store` and `new server` in it"
        )
    return False
