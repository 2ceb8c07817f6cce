"""What a file says it is, what it is, and what may be done with it."""

import codecs
import mimetypes
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol, cast

import puremagic

from .errors import AttachmentRefused

# Browsers draw these without running anything in them, and models read them. SVG is a document
# with scripts, not one of these.
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF: Final = "application/pdf"

_TEXT: Final = re.compile(
    r"text/.+|application/(json|xml|yaml|toml|javascript|x-yaml|x-ndjson)|.+\+(json|xml|yaml)"
)
# Control characters that no text file has: all but tab, line feed, form feed and carriage return.
_BINARY: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MAX_NAME: Final = 150
# Python's own table; the module's functions add what this machine's one says.
_BY_NAME: Final = mimetypes.MimeTypes()
# Unknown to Python 3.11, and to most browsers.
_BY_NAME.add_type("text/markdown", ".md")


def is_text(mime_type: str) -> bool:
    """Say whether files of the type are text, whatever else they may be."""
    return _TEXT.fullmatch(mime_type) is not None


def accepted_type(declared: str, name: str, accepted: Collection[str]) -> str:
    """Return the type that the file must prove to be; raise AttachmentRefused when none fits.

    That is the declared one or, where a browser knows none or another (a CSV file is Excel's on
    Windows), the one its name stands for. A wrong guess does no harm: the content decides.
    """
    plain = declared.partition(";")[0].strip().lower()
    by_name = _BY_NAME.guess_type(name)[0]
    for candidate in ("image/jpeg" if plain == "image/jpg" else plain, by_name):
        if candidate is not None and candidate in accepted:
            return candidate
    raise AttachmentRefused(415, "unsupported_type", "Files of this type are not accepted")


def display_name(name: str) -> str:
    """Return the last part of the name without what could hide or break something.

    Never a path: it is shown to people and sent in headers, and no file is stored under it.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # C*: control characters, lone surrogates, and marks that turn the reading direction.
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if dot and len(shown) > _MAX_NAME and len(ending) < 10:
        return f"{stem[: _MAX_NAME - len(ending) - 1]}.{ending}"
    return shown[:_MAX_NAME] or "file"


class ContentCheck:
    """Hold a file's bytes, as they arrive, against the type it was declared to have."""

    def __init__(self, mime_type: str) -> None:
        """Expect a file of this type."""
        self._mime_type = mime_type
        self._decoder = codecs.getincrementaldecoder("utf-8")() if is_text(mime_type) else None

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Look at the next bytes of the file; raise AttachmentRefused when they are no text."""
        if self._decoder is None:
            return
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            raise self._mismatch("is not text in UTF-8") from None
        if _BINARY.search(text):
            raise self._mismatch("is not text")

    def finish(self, path: Path) -> None:
        """Look at the whole file, on disk; blocking. Raise AttachmentRefused for another type.

        Text has no magic numbers; a text that begins with "BM" is no bitmap.
        """
        self.feed(b"", final=True)
        if self._decoder is None and self._mime_type not in sniffed_types(path):
            raise self._mismatch("is of another type than its name says")

    def _mismatch(self, what: str) -> AttachmentRefused:
        """Return the refusal of a file that `what`."""
        return AttachmentRefused(415, "type_mismatch", f"The file {what} ({self._mime_type})")


class _Match(Protocol):
    """What puremagic finds; it has types, but not for the fields of its results."""

    extension: str
    mime_type: str
    confidence: float


def sniffed_types(path: Path) -> set[str]:
    """Return the types that the file's own bytes speak for most clearly; none when they do not."""
    found = puremagic.magic_file(path)  # pyright: ignore[reportUnknownMemberType] see _Match
    # JPEG 2000 comes as image/jpeg as well, but neither browsers nor models read it as such.
    matches = [match for match in cast("list[_Match]", found) if match.extension != ".jp2"]
    best = max((match.confidence for match in matches), default=0.0)
    return {match.mime_type for match in matches if match.confidence == best}
