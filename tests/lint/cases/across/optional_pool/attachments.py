from typing import Any

import asyncpg
from chatkit.store import AttachmentStore


class Blobs(AttachmentStore[dict[str, Any]]):
    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.s3: Any | None = None

    async def __aenter__(self) -> "Blobs":
        self.s3 = await asyncpg.connect("x")
        return self

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.s3.delete_object(Bucket=self.bucket, Key=f"{context['user_id']}/{attachment_id}")  # CKF111
