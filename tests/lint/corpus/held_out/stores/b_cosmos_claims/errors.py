"""Cosmos says 404 with an exception of its own; ChatKit wants NotFoundError."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from azure.cosmos.exceptions import CosmosResourceNotFoundError
from chatkit.store import NotFoundError

P = ParamSpec("P")
R = TypeVar("R")


def missing_is_not_found(
    noun: str,
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    def decorate(method: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(method)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return await method(*args, **kwargs)
            except CosmosResourceNotFoundError as exc:
                raise NotFoundError(f"{noun} not found") from exc

        return wrapper

    return decorate
