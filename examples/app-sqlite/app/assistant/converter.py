"""Thread items as the model's input; none of them makes a turn fail."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    GeneratedImageItem,
    HiddenContextItem,
    ThreadItem,
    UserMessageItem,
    UserMessageTagContent,
)
from openai.types.responses import (
    EasyInputMessageParam,
    ResponseInputContentParam,
    ResponseInputTextParam,
)
from openai.types.responses.response_input_item_param import Message
from typing_extensions import override

from ..context import RequestContext

# Returns what the model is shown of an attachment: its text, its image or the file itself.
ReadAttachment = Callable[[Attachment, RequestContext], Awaitable[ResponseInputContentParam]]


class AssistantConverter(ThreadItemConverter):
    """Convert every type of item; the SDK's own converter raises on several."""

    def __init__(
        self, context: RequestContext, read_attachment: ReadAttachment | None = None
    ) -> None:
        """Show the model attachments through the reader; without one only their names."""
        self._context = context
        self._read_attachment = read_attachment

    @override
    async def to_agent_input(
        self, thread_items: Sequence[ThreadItem] | ThreadItem
    ) -> list[TResponseInputItem]:
        """Return the items as the model's input; a message of words alone is a plain string.

        Many a server that speaks OpenAI's API, as llama.cpp's does, takes no list of parts.
        """
        return [_plain(item) for item in await super().to_agent_input(thread_items)]

    @override
    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | None:
        """Return the answer as a plain string.

        The SDK sends `output_text` parts, which the Agents SDK refuses for Chat Completions and
        LiteLLM: there, the second turn of each conversation would fail.
        """
        text = "\n".join(part.text for part in item.content if part.text)
        if not text:
            return None
        return EasyInputMessageParam(role="assistant", content=text, type="message")

    @override
    async def user_message_to_input(
        self, item: UserMessageItem, is_last_message: bool = True
    ) -> list[TResponseInputItem]:
        """Return the message with its quotation, its tags and its attachments."""
        # The SDK forgets what was quoted as soon as anything follows, the output of a tool even.
        found = cast("list[Message]", await super().user_message_to_input(item, True))
        # A file without a word: some providers refuse a text that is empty.
        parts = found[0]["content"]
        found[0]["content"] = [p for p in parts if p["type"] != "input_text" or p["text"]] or parts
        return [*found]

    @override
    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        """Return the attachment as the reader sees it, or a note that names it."""
        if self._read_attachment is not None:
            return await self._read_attachment(attachment, self._context)
        return _text(f"The user attached the file {attachment.name!r} ({attachment.mime_type}).")

    @override
    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        """Return what the tag stands for."""
        meant = {"id": tag.id, "name": tag.text, "group": tag.group, "data": tag.data}
        return _text(f"<Tag>\n{_json(meant)}\n</Tag>")

    @override
    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """Return the hidden context; what is not a string becomes JSON."""
        if not isinstance(item.content, str):
            item = item.model_copy(update={"content": _json(item.content)})
        return await super().hidden_context_to_input(item)

    @override
    async def generated_image_to_input(
        self, item: GeneratedImageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """Return the image where the provider can open it, or else a note about it."""
        if item.image is None or item.image.url.startswith(("data:", "https:")):
            return await super().generated_image_to_input(item)
        note = _text("An image was generated and shown to the user.")
        return Message(type="message", role="user", content=[note])


def _plain(item: TResponseInputItem) -> TResponseInputItem:
    """Return a message without its parts, if all of them are words; others as they are."""
    content: object = cast(Mapping[str, object], item).get("content")
    if item.get("role") != "user" or not isinstance(content, list):
        return item
    parts = cast(list[ResponseInputContentParam], content)
    texts = [part["text"] for part in parts if part["type"] == "input_text"]
    if len(texts) < len(parts):
        return item
    return EasyInputMessageParam(role="user", content="\n".join(texts), type="message")


def _text(text: str) -> ResponseInputTextParam:
    return ResponseInputTextParam(type="input_text", text=text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
