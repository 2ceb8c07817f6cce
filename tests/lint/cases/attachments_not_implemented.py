from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Refuses(Store[str], ABC):
    async def save_attachment(self, attachment: Any, context: str) -> None:  # CKF216
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: str) -> Any:  # CKF216
        """Not needed."""
        raise NotImplementedError("no attachments here")

    async def delete_attachment(self, attachment_id: str, context: str) -> None:  # CKF216
        pass


class Keeps(Store[str], ABC):
    async def save_attachment(self, attachment: Any, context: str) -> None:
        await self.put(context, attachment)

    async def load_attachment(self, attachment_id: str, context: str) -> Any:
        raise NotFoundError(f"Attachment {attachment_id} not found")

    async def put(self, owner: str, value: Any) -> None:
        print(owner, value)


KEPT = (Page, ThreadMetadata)


class Sorry(Store[dict[str, Any]], ABC):
    async def save_attachment(self, attachment: Any, context: dict[str, Any]) -> None:  # CKF216
        """Attachments are not supported."""
        print("ignored", attachment.id)

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:  # CKF216
        del context
        raise RuntimeError("attachments are off")

    async def delete_attachment(  # CKF216
        self, attachment_id: str, context: dict[str, Any]
    ) -> None:
        _ = attachment_id, context
