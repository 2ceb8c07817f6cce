from chatkit.store import AttachmentStore
from chatkit.types import ThreadMetadata


class Uploads(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        names = []  # CKF109
        names.append(f"{attachment_id}")
        typed: list[str] = []
        typed.append(attachment_id)
        handed = []
        print(names, typed, handed)

    def threads(self, rows: list[dict[str, str]]) -> list[ThreadMetadata]:
        found = []  # CKF109
        for row in rows:
            found.append(ThreadMetadata.model_validate(row))
        return found


def outside() -> list[str]:
    names = []
    names.append("a")
    return names


class Others(AttachmentStore[str]):
    kept = []  # CKF109
    known: list[str] = []

    def __init__(self) -> None:
        self._log = []  # CKF109
        self._ids: list[str] = []
        self._parts = []  # type: list[str]
        self._unused = []

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        self._log.append(attachment_id)
        self._ids.append(attachment_id)
        self._parts.append(attachment_id)
        self.kept.append(attachment_id)
        self.known.append(attachment_id)

    def made(self, rows: list[str]) -> list[str]:
        found = list()  # CKF109
        ids, after = [], None  # CKF109
        for row in rows:
            found.append(row)
            ids.append(row)
            after = row
        print(ids, after)
        return found

    def fine(self, rows: list[str]) -> list[str]:
        found: list[str]
        found = []
        found.append("x")
        parts = [row for row in rows]
        parts.append("x")
        joined = []  # type: list[str]
        joined.append("x")
        empty = []
        return found or parts or joined or empty
