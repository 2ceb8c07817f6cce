from collections.abc import Callable
from typing import Any, Dict, Literal

from chatkit.store import AttachmentStore
from chatkit.types import Page
from typing_extensions import override


class Bare(AttachmentStore):  # CKF108
    async def delete_attachment(self, attachment_id, context):  # CKF108
        print(attachment_id)


class Loose(AttachmentStore[dict]):  # CKF108
    async def delete_attachment(self, attachment_id: str, context: Dict) -> None:  # CKF108
        print(attachment_id)

    def names(self, wanted: list, kind: "Literal['list']") -> list[str]:  # CKF108
        return [str(each) for each in wanted]

    def rows(self) -> "list[dict]":  # CKF108
        return []


class Fine(AttachmentStore[dict[str, Any]]):
    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)




class NotOurs:
    def rows(self) -> list:
        return []


class Keeps(AttachmentStore[dict[str, Any]]):
    cache: dict = {}  # CKF108
    names: list[str] = []

    def __init__(self) -> None:
        self._rows: list = []  # CKF108
        self._by_id: Dict[str, Any] = {}

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        gone: dict = {"id": attachment_id}  # CKF108
        print(gone)


class Overrides(AttachmentStore[dict[str, Any]]):
    @override
    async def delete_attachment(self, attachment_id: str, context) -> None:  # CKF108
        print(attachment_id)


Uploads = AttachmentStore[dict[str, Any]]


class Named(Uploads):
    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        print(attachment_id)

    @property
    def kinds(self) -> tuple[str, ...]:
        return ()

    def call(self, work: "Callable[[dict[str, Any]], list[str]]") -> None:
        print(work)


class Pages(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        print(attachment_id)

    def bare(self) -> Page:  # CKF108
        return Page()

    def held(self) -> Page[str]:
        return Page()
