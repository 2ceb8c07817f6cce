"""The page the user is looking at, on its way from the HTTP layer to the agent's tools."""

from dataclasses import dataclass

from ..context import PageContext, RequestContext

__all__ = ["PageContext", "PageState", "page_of", "request_context", "request_id_of"]


@dataclass(frozen=True, slots=True)
class PageState:
    """Say what the browser told about the page; nothing here says who the user is."""

    page_context: PageContext | None = None
    selected_text: str | None = None
    context_mode: str | None = None
    # The browser's session; it is written into the threads that begin in it.
    session_id: str | None = None


def request_context(user_id: str, request_id: str, page: PageState) -> RequestContext:
    """Return the context of one request; what the page did not tell is left out."""
    context = RequestContext(user_id=user_id, request_id=request_id)
    if page.page_context is not None:
        context["page_context"] = page.page_context
    if page.selected_text is not None:
        context["selected_text"] = page.selected_text
    if page.context_mode is not None:
        context["context_mode"] = page.context_mode
    if page.session_id is not None:
        context["session_id"] = page.session_id
    return context


def page_of(context: RequestContext) -> PageState:
    """Return the page that the request came from."""
    return PageState(
        page_context=context.get("page_context"),
        selected_text=context.get("selected_text"),
        context_mode=context.get("context_mode"),
        session_id=context.get("session_id"),
    )


def request_id_of(context: RequestContext) -> str:
    """Return the id under which the log tells of the request."""
    return context.get("request_id", "-")
