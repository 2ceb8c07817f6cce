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
