"""What a running application is made of; every route gets it by dependency."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from ..server import AssistantServer
from .rate_limit import RateLimits


@dataclass(frozen=True, slots=True)
class Running:
    """The assistant, and the count of who asked it how often."""

    server: AssistantServer
    limits: RateLimits


def _running(request: Request) -> Running:
    """Return what the application was made of."""
    return cast("Running", request.app.state.running)


def _request_id(request: Request) -> str:
    """Return the id that RequestLog gave the request."""
    return cast("str", request.state.request_id)


App = Annotated[Running, Depends(_running)]
RequestId = Annotated[str, Depends(_request_id)]
