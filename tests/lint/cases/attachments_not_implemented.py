from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from chatkit.types import Attachment
import logging


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


logger = logging.getLogger()


class Nothing(Store[dict[str, Any]], ABC):
    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        """Not needed."""
        return None

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        raise NotImplementedError

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        ...


def unsupported(what: str) -> Any:
    raise NotImplementedError(what)


class Mixed(Store[dict[str, Any]], ABC):
    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        unsupported("save")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        raise NotFoundError(f"Attachment {attachment_id} not found")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        logger.debug("ignoring %s", attachment_id)


class NoFiles:
    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("no files")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        raise NotImplementedError("no files")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        raise NotImplementedError("no files")


class WithoutFiles(NoFiles, Store[dict[str, Any]], ABC):
    pass


class Refusals(Store[dict[str, Any]], ABC):
    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:  # CKF216
        raise self._no()

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        self._refuse()

    def _refuse(self) -> None:
        raise NotImplementedError("attachments are off")

    def _no(self) -> Exception:
        return NotImplementedError("x")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.files.delete(context["user"], attachment_id)


class Halfway(Store[dict[str, Any]], ABC):
    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        await self.put("attachment", attachment.id, attachment, context)

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:  # CKF216
        raise HTTPException(501, "attachments are not supported")

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:  # CKF216
        assert False, "no attachments"
