"""Attachments as the model gets them: pictures, PDFs, text, or a note about what it cannot see.

All parts are ones that the Agents SDK also translates for Chat Completions.
"""

import base64
import html
import logging
from pathlib import Path

from anyio import to_thread
from chatkit.types import Attachment
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputFileParam,
    ResponseInputImageParam,
    ResponseInputTextParam,
)

from ..config import settings
from ..context import RequestContext
from .budget import is_left_out
from .kinds import IMAGES, PDF, is_text
from .store import DiskAttachmentStore

logger = logging.getLogger(__name__)


class AttachmentReader:
    """Turn attachments into parts of a message to the model."""

    def __init__(
        self,
        attachments: DiskAttachmentStore,
        *,
        max_characters: int = settings.max_attachment_characters,
    ) -> None:
        """Read these attachments; of a text no more than its first characters."""
        self._attachments = attachments
        self._max_characters = max_characters

    async def attachment_content(
        self, attachment: Attachment, context: RequestContext
    ) -> ResponseInputContentParam:
        """Return the attachment for the model; a note where there is nothing to show it.

        Never raises for a file that is gone: an old message must not break a new turn.
        """
        if is_left_out(attachment):
            return _note(
                attachment, "was sent earlier and is not shown again; it may be attached anew"
            )
        path = self._attachments.path(attachment.id, context)
        try:
            return await to_thread.run_sync(self._part, path, attachment)
        except FileNotFoundError:
            return _note(attachment, "was deleted")
        except OSError:
            logger.exception("Attachment %s cannot be read", attachment.id)
            return _note(attachment, "cannot be read right now")

    def _part(self, path: Path, attachment: Attachment) -> ResponseInputContentParam:
        """Return the part for the file at `path`; blocking."""
        if is_text(attachment.mime_type):
            return self._text(path, attachment)
        if attachment.mime_type not in {*IMAGES, PDF}:
            return _note(attachment, "is of a type that you cannot read")
        encoded = base64.b64encode(path.read_bytes()).decode()
        url = f"data:{attachment.mime_type};base64,{encoded}"
        if attachment.mime_type == PDF:
            return ResponseInputFileParam(
                type="input_file", filename=attachment.name, file_data=url
            )
        return ResponseInputImageParam(type="input_image", detail="auto", image_url=url)

    def _text(self, path: Path, attachment: Attachment) -> ResponseInputTextParam:
        """Return the beginning of a text file, in a frame that tells it from the user's words."""
        # Without the mark that Windows puts first.
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(self._max_characters)
            cut = "\n(The file goes on, but you are not shown more.)" if file.read(1) else ""
        name, mime_type = html.escape(attachment.name), html.escape(attachment.mime_type)
        # The text must not be able to end its own frame.
        text = text.replace("</attachment", "<\\/attachment")
        return ResponseInputTextParam(
            type="input_text",
            text=f'<attachment name="{name}" type="{mime_type}">\n{text}\n</attachment>{cut}',
        )


def _note(attachment: Attachment, what: str) -> ResponseInputTextParam:
    """Return a note that takes the file's place."""
    return ResponseInputTextParam(
        type="input_text", text=f'(The attached file "{attachment.name}" {what}.)'
    )
