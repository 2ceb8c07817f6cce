import sys
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


class More(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        if attachment_id:
            import base64  # CKF113
        try:
            print(base64.b64encode(b""))
            from agents import Runner  # CKF113
        except ValueError:
            Runner = None
        try:
            import zoneinfo
        except Exception:
            zoneinfo = None
        if sys.platform == "linux":
            import resource
        if TYPE_CHECKING:
            from chatkit.store import Store
        import boto3, json  # CKF113
        import numpy
        from . import files

        def inner() -> None:
            import uuid  # CKF113

            print(uuid, numpy, files, boto3, json, zoneinfo, resource, Store, Runner)

        inner()


class Fallbacks(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        try:
            import orjson as codec
        except ImportError:
            import json as codec
        print(codec, attachment_id)
