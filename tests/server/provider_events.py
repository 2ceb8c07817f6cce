"""What a stream's events say: which messages they made, letter by letter."""

from collections.abc import Iterable

from .provider_talk import Event

ASSISTANT = "assistant_message"
TOOL_CALL = "client_tool_call"


def thread_of(events: Iterable[Event]) -> str:
    """Return the id of the thread that the stream began."""
    return next(event["thread"]["id"] for event in events if event["type"] == "thread.created")


def done(events: Iterable[Event], kind: str = ASSISTANT) -> dict[str, str]:
    """Return the finished items of a type by their ids, each with its text."""
    items = [event["item"] for event in events if event["type"] == "thread.item.done"]
    return {item["id"]: text_of(item) for item in items if item["type"] == kind}


def told(events: Iterable[Event]) -> dict[str, str]:
    """Return what a client has put together: the text that was streamed for each id.

    Raises AssertionError for text that belongs to no item, or to one that has ended.
    """
    texts: dict[str, str] = {}
    ended: set[str] = set()
    for event in events:
        match event["type"]:
            case "thread.item.added" if event["item"]["type"] == ASSISTANT:
                assert event["item"]["id"] not in texts, "two items with one id"
                texts[event["item"]["id"]] = ""
            case "thread.item.updated":
                assert event["item_id"] in texts.keys() - ended, "an update of no open item"
                texts[event["item_id"]] += event["update"].get("delta", "")
            case "thread.item.done":
                ended.add(event["item"]["id"])
            case _:
                continue
    return texts


def text_of(item: Event) -> str:
    """Return the text of a message; that of a tool call is empty."""
    return "".join(part["text"] for part in item.get("content", ()))


def errors(events: Iterable[Event]) -> list[Event]:
    """Return the error events."""
    return [event for event in events if event["type"] == "error"]
