import threading
from abc import ABC, ABCMeta, abstractmethod
from typing import Any

from chatkit import server
from chatkit.server import ChatKitServer
from chatkit.store import AttachmentStore as Uploads
from unknown_package import DeletingMixin


class Empty(Uploads[dict[str, Any]]):  # CKF101
    pass


class Complete(Uploads[dict[str, Any]]):
    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)


class Inherits(Complete):
    pass


class Base(Uploads[dict[str, Any]], ABC):
    """Only a base, and says so."""


class StillEmpty(Base):  # CKF101
    pass


class Mixin:
    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)


class Mixed(Mixin, Base):
    pass


class Unknown(DeletingMixin, Base):
    """Nobody can see what the mixin brings."""


class Assigned(Uploads[dict[str, Any]]):
    async def _delete(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)

    delete_attachment = _delete


class Declares(Uploads[dict[str, Any]]):
    @abstractmethod
    def folder(self) -> str: ...


class Mute(ChatKitServer[dict[str, Any]]):  # CKF101
    pass


class MuteToo(server.ChatKitServer[dict[str, Any]]):  # CKF101
    pass


BaseUploads = Uploads[dict[str, Any]]


class Aliased(BaseUploads):  # CKF101
    pass


class Threaded(Uploads[dict[str, Any]], threading.local):  # CKF101
    pass


class Meta(Uploads[dict[str, Any]], metaclass=ABCMeta):
    """Only a base as well."""


class Two(Uploads[dict[str, Any]]):
    delete_attachment, other = Complete.delete_attachment, None


class Conditional(Uploads[dict[str, Any]]):
    if threading.active_count():

        async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
            print(attachment_id)


class Misspelt(Uploads[dict[str, Any]]):  # CKF101
    async def remove_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)
