"""Whole applications in tests: every combination of options, written without a check each."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path, PurePosixPath

from chatkit_forge.config_facts import ConfigFacts
from chatkit_forge.format import ruff_format
from chatkit_forge.options import (
    AUTHS,
    BACKENDS,
    PROVIDERS,
    AppOptions,
    Auth,
    Backend,
    Package,
    Provider,
    ServerOptions,
    StoreClass,
    StoreOptions,
)
from chatkit_forge.plan import plan
from chatkit_forge.render import render
from chatkit_forge.stage import put
from chatkit_forge.templates import template_names

from .renamed_once import renamed_once

APP = Package(PurePosixPath("app"), "app", PurePosixPath())


@dataclass(frozen=True, slots=True)
class Combination:
    """Name the answers that decide which files an application has."""

    backend: Backend
    rag: bool = False
    attachments: bool = False
    auth: Auth = "session"
    provider: Provider = "openai"

    def __str__(self) -> str:
        """Return a name that a folder and a test can have: "sqlite-rag-jwt"."""
        features = {
            "rag": self.rag,
            "attachments": self.attachments,
            "jwt": self.auth == "jwt",
            "litellm": self.provider == "litellm",
        }
        return "-".join([self.backend, *(name for name, on in features.items() if on)])


COMBINATIONS = tuple(
    Combination(*chosen)
    for chosen in product(BACKENDS, (False, True), (False, True), AUTHS, PROVIDERS)
)


def options(chosen: Combination, project: Path = Path("nowhere")) -> AppOptions:
    """Return the options of an application with everything else left at its default."""
    store = StoreOptions(project, APP, chosen.backend, f"{chosen.backend.capitalize()}Store")
    server = ServerOptions(
        project=project,
        package=APP,
        store=StoreClass(*store.entry.split(":")),
        rag=chosen.rag,
        attachments=chosen.attachments,
        auth=chosen.auth,
        provider=chosen.provider,
    )
    return AppOptions("assistant", store, server)


def files(asked: AppOptions) -> dict[PurePosixPath, str]:
    """Return every file of an application, before its Python is formatted."""
    planned = plan(asked, frozenset(), template_names())
    with renamed_once():
        return dict(render(planned, asked, ConfigFacts()).texts)


def write(chosen: Combination, folder: Path) -> list[PurePosixPath]:
    """Write an application as the command does, but for the checks; return its Python files."""
    found = files(options(chosen, folder))
    put(folder, found)
    python = [path for path in found if path.suffix == ".py"]
    ruff_format(folder, python, folder)
    return python


def without_tests(asked: AppOptions) -> AppOptions:
    """Return the options of `--no-tests`."""
    return replace(
        asked, store=replace(asked.store, tests=False), server=replace(asked.server, tests=False)
    )
