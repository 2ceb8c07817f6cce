from typing import Any, Dict, Literal

from chatkit.store import AttachmentStore


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
