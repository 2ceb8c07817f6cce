"""Turn what was typed about a server into validated options."""

from collections.abc import Iterator
from typing import TypedDict, TypeVar

from . import validate
from .errors import UsageError
from .options import (
    ATTACHMENTS,
    AUTHS,
    DEFAULT_SERVER,
    PROVIDERS,
    RAGS,
    Auth,
    Provider,
    ServerRequest,
)
from .templates import template_names, template_source

_FOLDERS = frozenset({"server", "search", "attachments", "tests", "variants"})
_Choice = TypeVar("_Choice", bound=str)


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
        "auth": _one_of("--auth", request.auth or AUTHS[0], AUTHS),
        "provider": _one_of("--provider", request.provider or PROVIDERS[0], PROVIDERS),
    }


def checked_class(asked: str | None) -> str:
    """Return the server's class name: the one asked for when its files can carry it."""
    if asked is None:
        return DEFAULT_SERVER
    return validate.class_name(asked, _sources(), DEFAULT_SERVER)


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
