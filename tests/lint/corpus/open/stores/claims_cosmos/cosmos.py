"""What the claims store needs to know about Cosmos itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from azure.cosmos.exceptions import CosmosResourceNotFoundError

from chatkit.store import NotFoundError

Json: TypeAlias = dict[str, Any]
PartitionKey: TypeAlias = str | list[str]

FIRST_PAGE = {
    "asc": "SELECT * FROM c WHERE c.kind = @kind ORDER BY c.at ASC, c.seq ASC OFFSET 0 LIMIT @n",
    "desc": "SELECT * FROM c WHERE c.kind = @kind ORDER BY c.at DESC, c.seq DESC OFFSET 0 LIMIT @n",
}
NEXT_PAGE = {
    "asc": (
        "SELECT * FROM c WHERE c.kind = @kind "
        "AND (c.at > @at OR (c.at = @at AND c.seq > @seq)) "
        "ORDER BY c.at ASC, c.seq ASC OFFSET 0 LIMIT @n"
    ),
    "desc": (
        "SELECT * FROM c WHERE c.kind = @kind "
        "AND (c.at < @at OR (c.at = @at AND c.seq < @seq)) "
        "ORDER BY c.at DESC, c.seq DESC OFFSET 0 LIMIT @n"
    ),
}
IDS_OF_PARTITION = "SELECT c.id FROM c"
FILES_OF_CLAIM = "SELECT c.id FROM c WHERE c.kind = 'file' AND c.claim = @claim"
BATCH = 100  # the service's limit for one transaction
TOP = 200


def cosmos_id(kind: str, raw: str) -> str:
    """Cosmos refuses / \\ ? # in an id."""
    return f"{kind}:{quote(raw, safe='')}"


def ticks(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


@contextmanager
def not_found(what: str) -> Iterator[None]:
    try:
        yield
    except CosmosResourceNotFoundError as gone:
        raise NotFoundError(f"{what} not found") from gone


@contextmanager
def quiet_when_gone() -> Iterator[None]:
    try:
        yield
    except CosmosResourceNotFoundError:
        pass
