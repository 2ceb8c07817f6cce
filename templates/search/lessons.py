"""Markdown files as lessons: what their front matter, folders and names say of them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote

import frontmatter
from yaml import YAMLError

from .chunks import Chunk, split
from .lesson_keys import lesson_keys
from .passages import Passage

_SUFFIXES: Final = frozenset({".md", ".mdx"})
# Part of each digest: raise it when the same file would make other chunks than before.
_FORMAT: Final = b"1"
_CHAPTER: Final = re.compile(r"(?:chapter|chap|ch)[-_ ]?0*(\d{1,4})(?![^-_ .])", re.IGNORECASE)
_NUMBER: Final = re.compile(r"0*(\d{1,4})(?![^-_ .])")


class LessonError(Exception):
    """Say in one line what is wrong with one file."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Hold one file, cut into chunks.

    `digest` changes with whatever of the file ends up in the collection.
    """

    file: str
    digest: str
    title: str
    url: str
    chapter: int | None
    lesson: str | None
    lesson_keys: tuple[str, ...]
    chunks: tuple[Chunk, ...]

    def passages(self) -> list[Passage]:
        """Return the chunks as the collection keeps them."""
        return [
            Passage(
                file=self.file,
                digest=self.digest,
                number=number,
                title=self.title,
                url=self.url,
                chapter=self.chapter,
                lesson=self.lesson,
                lesson_keys=self.lesson_keys,
                heading=chunk.heading,
                text=chunk.text,
            )
            for number, chunk in enumerate(self.chunks)
        ]


def lesson_files(folder: Path) -> Iterator[str]:
    """Return every Markdown file below the folder, relative to it, in order; hidden ones are not.

    Raises LessonError when the folder is missing.
    """
    if not folder.is_dir():
        raise LessonError(f"{folder} is not a folder")
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return iter(
        sorted(
            path.as_posix()
            for path in found
            if path.suffix.lower() in _SUFFIXES
            and not any(part.startswith(".") for part in path.parts)
        )
    )


def read_lesson(folder: Path, file: str) -> Lesson:
    """Return the lesson in the file; raise LessonError, naming it, when it cannot be read."""
    try:
        raw = (folder / file).read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise LessonError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LessonError(f"{file}: not UTF-8 (byte {error.start + 1})") from error
    try:
        post = frontmatter.loads("\n".join(text.splitlines()))
        # The mapping's values are whatever YAML holds.
        said: dict[str, object] = dict(post.metadata)
        return _lesson(PurePosixPath(file), raw, said, post.content)
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise LessonError(f"{file}: bad front matter: {reason}") from error


def _lesson(file: PurePosixPath, raw: bytes, said: dict[str, object], body: str) -> Lesson:
    chunks = split(body)
    chapter = _chapter(said.get("chapter"), file)
    lesson = _text(said, "lesson") or _name(file)
    title = _text(said, "title") or _first_heading(chunks) or _words(file)
    parts = (_FORMAT, file.as_posix().encode("utf-8", "surrogateescape"), raw)
    return Lesson(
        file=file.as_posix(),
        digest=hashlib.sha256(b"\0".join(parts)).hexdigest(),
        title=title,
        url=_url(said, file),
        chapter=chapter,
        lesson=lesson,
        lesson_keys=lesson_keys(lesson, _name(file) or "", title) if lesson else (),
        chunks=chunks,
    )


def _chapter(said: object, file: PurePosixPath) -> int | None:
    """Return what the front matter says, else the nearest "chapter-3", else a folder's "03-..."."""
    if said is not None:
        if isinstance(said, bool) or not re.fullmatch(r"\d{1,9}", str(said).strip()):
            raise ValueError(f"chapter is {said!r}, not a number")
        return int(str(said))
    folders = list(reversed(file.parent.parts))
    named = (_CHAPTER.match(part) for part in [file.name, *folders])
    numbered = (_NUMBER.match(part) for part in folders)
    found = next(filter(None, [*named, *numbered]), None)
    return None if found is None else int(found[1])


def _name(file: PurePosixPath) -> str | None:
    """Return the lesson's name by its file, None for a chapter's own page."""
    own_page = file.stem.lower() in {"index", "readme"} or _CHAPTER.fullmatch(file.stem)
    return None if own_page else file.stem


def _url(said: dict[str, object], file: PurePosixPath) -> str:
    """Return the front matter's `url`, else the path that site generators give the file."""
    if url := _text(said, "url"):
        if re.match(r"[a-z][a-z0-9+.-]*:", url, re.IGNORECASE) and not url.startswith(
            ("http://", "https://")
        ):
            raise ValueError(f"url is {url!r}, neither a path nor http(s)")
        return url
    page = file.parent if file.stem.lower() in {"index", "readme"} else file.with_suffix("")
    return "/" if page == PurePosixPath(".") else "/" + quote(page.as_posix(), errors="replace")


def _text(said: dict[str, object], key: str) -> str | None:
    """Return the value as text; raise ValueError for a list, a mapping and the like."""
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{key} is {value!r}, not text")
    return str(value).strip() or None


def _first_heading(chunks: tuple[Chunk, ...]) -> str | None:
    return chunks[0].heading.partition(" > ")[0] or None if chunks else None


def _words(file: PurePosixPath) -> str:
    """Return the name as words: "02-while_loops.md" is "While loops"."""
    words = re.sub(r"[-_\s]+", " ", re.sub(r"^\d+[-_. ]+", "", file.stem)).strip()
    return words[:1].upper() + words[1:] or file.stem
