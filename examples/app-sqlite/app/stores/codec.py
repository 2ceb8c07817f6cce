"""What goes into a row and what comes out of it: ids, instants, JSON and pages.

Shared by the stores, so that every database keeps and refuses the same values.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeVar, cast
from uuid import uuid4

from chatkit.store import StoreItemType, default_generate_id
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

logger = logging.getLogger(__name__)

# What the tightest of the databases holds: a MariaDB packet with room for escaping, an index key.
MAX_JSON_BYTES: Final = 7 * 1024 * 1024
MAX_ID_BYTES: Final = 255

THREAD: Final = TypeAdapter(ThreadMetadata)
ITEM: Final[TypeAdapter[ThreadItem]] = TypeAdapter(ThreadItem)
ATTACHMENT: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)

_FOLDED: Final = ',"created_at_fold":1}'
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_T = TypeVar("_T")


def new_id(item_type: StoreItemType) -> str:
    """Return the SDK's prefix and 122 random bits; the SDK's own ids have 32 and collide."""
    return f"{default_generate_id(item_type).rpartition('_')[0]}_{uuid4().hex}"


def checked_id(text: object) -> str:
    """Return an id, cursor or owner that every database can hold; raise ValueError otherwise."""
    if not isinstance(text, str):
        # Such as {"$ne": None}, which a database may take for an operator.
        raise ValueError(f"An id must be a string, not {type(text).__name__}")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError(f"The id {text!r} is not valid Unicode") from None
    if size > MAX_ID_BYTES or "\0" in text:
        raise ValueError(f"The id {text[:40]!r} is over {MAX_ID_BYTES} bytes or holds U+0000")
    return text


def instant(created_at: datetime) -> int:
    """Return microseconds since 1970; a naive time is one of this process's local zone."""
    try:
        return (created_at.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"created_at {created_at} is out of range") from None


def encode(adapter: TypeAdapter[_T], model: BaseModel) -> str:
    """Return the model's JSON text; raise ValueError when it would not come back equal."""
    name = type(model).__name__
    try:
        text = model.model_dump_json()
        intact = _values(cast("BaseModel", adapter.validate_json(text))) == _values(model)
    except (ValidationError, PydanticSerializationError):
        # Not chained: pydantic quotes the values, which are the users' messages.
        raise ValueError(f"{name} holds a value that JSON cannot keep") from None
    if not intact:
        raise ValueError(f"{name} holds a value that JSON would change")
    if len(text.encode()) > MAX_JSON_BYTES:
        raise ValueError(f"{name} is over {MAX_JSON_BYTES} bytes")
    at: object = getattr(model, "created_at", None)
    if isinstance(at, datetime) and at.tzinfo is None and at.fold:
        # ISO 8601 has no word for the second pass of an hour that the local zone repeats.
        return text[:-1] + _FOLDED
    return text


def _values(model: BaseModel) -> dict[str, Any]:
    """Return what the model holds, its time as text: that of an hour repeated equals no other's."""
    values = model.model_dump()
    if isinstance(at := values.get("created_at"), datetime):
        values["created_at"] = at.isoformat()
    return values


def decode(adapter: TypeAdapter[_T], text: str, name: str) -> _T:
    """Return the stored model; raise ValueError when the installed chatkit cannot read it."""
    try:
        model = adapter.validate_json(text)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["type"]
        raise ValueError(f"{name} is stored, but this chatkit cannot read it: {reason}") from None
    if text.endswith(_FOLDED):
        timed = cast("ThreadMetadata", model)
        timed.created_at = timed.created_at.replace(fold=1)
    return model


def page_size(limit: int, maximum: int) -> int:
    """Return how many rows a page may have; raise ValueError for a limit that is not positive."""
    if limit < 1:
        raise ValueError(f"limit must be positive, not {limit}")
    return min(limit, maximum)


def checked_order(order: str) -> Literal["asc", "desc"]:
    """Return the order of a page; raise ValueError for anything but asc and desc."""
    if order not in ("asc", "desc"):
        raise ValueError(f"order must be 'asc' or 'desc', not {order!r}")
    return order


def to_page(
    adapter: TypeAdapter[_T], rows: Sequence[Sequence[Any]], limit: int, kind: str
) -> Page[_T]:
    """Return the page of at most `limit` of the (id, JSON text) rows; one more means has_more.

    A row that the installed chatkit cannot read is left out with a warning, and stays stored.
    """
    data: list[_T] = []
    for row_id, text in rows[:limit]:
        if row_id is None:
            # Nothing lies beyond the cursor: the outer join still yields the cursor's own row.
            break
        try:
            data.append(decode(adapter, text, f"{kind} {row_id}"))
        except ValueError as error:
            logger.warning("Left out of a page: %s", error)
    # The last row read, also when it was left out: the next page begins behind it.
    after = rows[limit - 1][0] if len(rows) > limit else None
    return Page(data=data, has_more=after is not None, after=after)
