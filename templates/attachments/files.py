"""The bytes on disk, and beside each file a label that says whose it is.

    <root>/<hash of the owner>/<hash of the id>.label            JSON: see Label
    <root>/<hash of the owner>/<hash of the id>.data             the whole file, never a part of it
    <root>/<hash of the owner>/<hash of the id>.<random>.part    an upload under way

Hashes, because neither an id nor a user's name may ever become a path. The label is written
first and removed last: whatever a crash leaves behind, the sweep can tell whose it was.
"""

import hashlib
import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from anyio import CancelScope, to_thread
from pydantic import TypeAdapter, ValidationError

from . import disk

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Label:
    """Say whose file lies beside it, and until when it may be uploaded (seconds since 1970)."""

    owner: str
    attachment_id: str
    expires_at: float


_LABEL: Final = TypeAdapter(Label)


class Incoming:
    """An upload under way: its bytes go to a file that nobody reads."""

    def __init__(self, part: Path, data: Path, file: BinaryIO) -> None:
        """Write to `file` at `part`, which is to become `data`."""
        self.part = part
        self._data = data
        self._file = file

    async def write(self, chunk: bytes) -> None:
        """Append the bytes."""
        await to_thread.run_sync(disk.append, self._file, chunk)

    async def finish(self) -> None:
        """Bring all bytes to the disk; they are at `part` then."""
        await to_thread.run_sync(disk.finish, self._file)

    async def publish(self) -> bool:
        """Make it the attachment's file, whole or not at all; False when there is one already."""
        return await to_thread.run_sync(disk.publish, self.part, self._data)


class Files:
    """Keep files by owner and attachment id; the disk is only ever touched in threads."""

    def __init__(self, root: Path) -> None:
        """Keep them under `root`, which is made when the first one comes."""
        self._root = root

    def data(self, owner: str, attachment_id: str) -> Path:
        """Return where the attachment's bytes are, once they have been uploaded."""
        return self._path(folder_name(owner), attachment_id, "data")

    async def put_label(self, label: Label) -> None:
        """Announce a file that is to come."""
        path = self._path(folder_name(label.owner), label.attachment_id, "label")
        await to_thread.run_sync(disk.replace, path, _LABEL.dump_json(label))

    async def label(self, folder: str, attachment_id: str) -> Label | None:
        """Return the attachment's label, or None when there is none, or none any more."""
        return await to_thread.run_sync(_read, self._path(folder, attachment_id, "label"))

    async def labels(self) -> list[Label]:
        """Return every label there is."""

        def read_all() -> list[Label]:
            return [label for path in self._root.glob("*/*.label") if (label := _read(path))]

        return await to_thread.run_sync(read_all)

    @asynccontextmanager
    async def incoming(self, label: Label) -> AsyncGenerator[Incoming, None]:
        """Open a file for an upload; unless published, it is gone in the end."""
        data = self.data(label.owner, label.attachment_id)
        part = data.with_suffix(f".{secrets.token_hex(8)}.part")
        file = await to_thread.run_sync(disk.create, part)
        try:
            yield Incoming(part, data, file)
        finally:
            # Also when the client hung up and this task is being cancelled.
            with CancelScope(shield=True):
                await to_thread.run_sync(disk.discard, part, file)

    async def remove(self, owner: str, attachment_id: str) -> None:
        """Delete the attachment's bytes, then its label; quiet when they are gone."""
        data = self.data(owner, attachment_id)
        await to_thread.run_sync(disk.remove, data, data.with_suffix(".label"))

    async def remove_parts(self, before: float) -> None:
        """Delete what is left of uploads whose process died before this time (since 1970)."""
        await to_thread.run_sync(disk.remove_old, self._root, "*/*.part", before)

    def _path(self, folder: str, attachment_id: str, kind: str) -> Path:
        """Return the path of one of the attachment's files."""
        return self._root / folder / f"{_hashed(attachment_id)}.{kind}"


def folder_name(owner: str) -> str:
    """Return the name of the owner's folder."""
    return _hashed(owner)


def _hashed(text: str) -> str:
    """Return a file name for the text: no separators, no case, 32 characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Label | None:
    """Return the label in the file, or None when it is gone or none of ours; blocking."""
    try:
        return _LABEL.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        logger.warning("Not a label, left alone: %s", path)
        return None
