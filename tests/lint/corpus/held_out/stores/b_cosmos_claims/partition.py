"""One policyholder's logical partition (partition key path: /holder)."""

import hashlib
from dataclasses import dataclass
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

Document = dict[str, Any]


@dataclass(frozen=True)
class ClaimsContext:
    holder: str
    claim_number: str | None = None


def document_id(kind: str, *parts: str) -> str:
    """Cosmos forbids / \\ ? # in ids, and chat ids come from the wire."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass"))
    return f"{kind}-{digest.hexdigest()}"


class HolderPartition:
    def __init__(self, container: ContainerProxy, context: ClaimsContext) -> None:
        if not isinstance(context.holder, str) or not context.holder:
            raise PermissionError("request without a policyholder")
        self._container = container
        self._holder = context.holder

    async def read(self, doc_id: str) -> Document:
        return await self._container.read_item(item=doc_id, partition_key=self._holder)

    async def write(self, doc_id: str, document: Document) -> None:
        # /holder is the partition key: an upsert can only meet this holder's own document
        await self._container.upsert_item({**document, "id": doc_id, "holder": self._holder})

    async def drop(self, doc_id: str) -> None:
        try:
            await self._container.delete_item(item=doc_id, partition_key=self._holder)
        except CosmosResourceNotFoundError:
            return

    async def query(self, text: str, **values: str | int) -> list[Document]:
        parameters: list[dict[str, object]] = [
            {"name": f"@{name}", "value": value} for name, value in values.items()
        ]
        found = self._container.query_items(
            query=text, parameters=parameters, partition_key=self._holder
        )
        return [document async for document in found]
