from typing import TYPE_CHECKING

from chatkit.store import AttachmentStore

if TYPE_CHECKING:
    from chatkit.types import Attachment


class Uploads(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        import json  # CKF113
        from datetime import datetime  # CKF113

        from .database import delete
        from app.files import remove
        from chatkit.types import Attachment  # CKF113

        try:
            import sqlite3
        except ImportError:
            sqlite3 = None
        print(json, datetime, delete, remove, Attachment, sqlite3)


def plain() -> None:
    import json

    print(json)
