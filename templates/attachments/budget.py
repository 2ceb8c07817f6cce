"""How many bytes of files one answer of the model is given: the newest files come first.

Each turn sends the whole history again. Without a bound a few large pictures would fill the
provider's limit for a request, and every further turn of the conversation would be refused.
"""

from collections.abc import Sequence
from typing import Final

from chatkit.types import Attachment, ThreadItem, UserMessageItem

from ..config import settings
from .kinds import is_text

_LEFT_OUT: Final = "left_out"


def within_budget(
    history: Sequence[ThreadItem], max_bytes: int = settings.max_model_attachment_bytes
) -> list[ThreadItem]:
    """Return the history, oldest first as before, with older files marked as left out.

    Text does not count: of each text only a beginning is shown anyway.
    """
    bounded: list[ThreadItem] = []
    for item in reversed(history):
        if isinstance(item, UserMessageItem) and item.attachments:
            shown: list[Attachment] = []
            for attachment in item.attachments:
                size = 0 if is_text(attachment.mime_type) else declared_size(attachment)
                if size <= max_bytes:
                    max_bytes -= size
                    shown.append(attachment)
                else:
                    metadata = {**(attachment.metadata or {}), _LEFT_OUT: True}
                    shown.append(attachment.model_copy(update={"metadata": metadata}))
            bounded.append(item.model_copy(update={"attachments": shown}))
        else:
            bounded.append(item)
    return bounded[::-1]


def is_left_out(attachment: Attachment) -> bool:
    """Say whether the attachment was marked by `within_budget`."""
    return (attachment.metadata or {}).get(_LEFT_OUT) is True


def declared_size(attachment: Attachment) -> int:
    """Return how many bytes the file has; it was taken in with exactly as many as declared."""
    return int((attachment.metadata or {}).get("size", 0))
