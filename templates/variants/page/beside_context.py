"""The page the user is looking at, on its way from the HTTP layer to the agent's tools.

The store's context has no place for it. A context variable carries it beside the context: every
task of the request inherits a copy, no other request sees it.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from typing_extensions import TypedDict

from ..context import RequestContext


# In an AgentContext, which pydantic builds: it refuses `typing.TypedDict` before Python 3.12.
class PageContext(TypedDict):
    """Describe the page the user is looking at."""

    current_chapter: int | None
    current_lesson: str | None


@dataclass(frozen=True, slots=True)
class PageState:
    """Say what the browser told about the page; nothing here says who the user is."""

    page_context: PageContext | None = None
    selected_text: str | None = None
    context_mode: str | None = None
    # The browser's session; it is written into the threads that begin in it.
    session_id: str | None = None


_NO_PAGE: Final = PageState()
_page: Final[ContextVar[PageState]] = ContextVar("page", default=_NO_PAGE)
_request_id: Final[ContextVar[str]] = ContextVar("request_id", default="-")


def request_context(user_id: str, request_id: str, page: PageState) -> RequestContext:
    """Return the context of one request; the page is remembered for the request's tasks."""
    _page.set(page)
    _request_id.set(request_id)
    return RequestContext(user_id=user_id)


def page_of(context: RequestContext) -> PageState:
    """Return the page that the request came from; the context itself does not know."""
    return _page.get()


def request_id_of(context: RequestContext) -> str:
    """Return the id under which the log tells of the request."""
    return _request_id.get()
