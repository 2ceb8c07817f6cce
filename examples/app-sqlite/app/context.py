"""What the server knows about one request; every store method receives it."""

from typing import NotRequired

from typing_extensions import TypedDict


class PageContext(TypedDict):
    """Describe the page the user is looking at."""

    current_chapter: int | None
    current_lesson: str | None


# The Agents SDK hands tools a validated copy of the context that keeps only declared keys, so all
# of them are declared here. `typing.TypedDict` would fail there on Python 3.11.
class RequestContext(TypedDict):
    """Carry who is asking, and from where; filled by the server, never from a request body."""

    user_id: str
    page_context: NotRequired[PageContext]
    selected_text: NotRequired[str]
    context_mode: NotRequired[str]
    request_id: NotRequired[str]
    session_id: NotRequired[str]
