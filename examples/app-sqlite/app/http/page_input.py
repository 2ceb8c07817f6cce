"""What a page says about itself: checked, and nothing about who the user is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..assistant.page import PageState
from .errors import invalid


class PageContextInput(BaseModel):
    """Name the place in the book; what else a page sends about itself is left out."""

    current_chapter: int | None = Field(default=None, ge=0, le=100_000)
    current_lesson: str | None = Field(default=None, max_length=200)


class PageInput(BaseModel):
    """Take what the model may know of the page, and leave out the rest."""

    model_config = ConfigDict(extra="ignore")

    page_context: PageContextInput | None = None
    selected_text: str | None = Field(default=None, max_length=10_000)
    context_mode: str | None = Field(default=None, max_length=64)
    # The browser's own; it says nothing about who the user is.
    session_id: str | None = Field(default=None, max_length=128)

    def state(self) -> PageState:
        """Return it in the form that the assistant reads."""
        page = self.page_context
        return PageState(
            page_context=None
            if page is None
            else {"current_chapter": page.current_chapter, "current_lesson": page.current_lesson},
            selected_text=self.selected_text or None,
            context_mode=self.context_mode,
            session_id=self.session_id,
        )


def page_of_metadata(metadata: dict[str, Any]) -> PageState:
    """Return the page that a ChatKit request's `metadata` describes; raises Refusal."""
    try:
        return PageInput.model_validate(metadata).state()
    except ValidationError as error:
        refusal = invalid(error)
        refusal.message = f"metadata.{refusal.message}"
        raise refusal from None
