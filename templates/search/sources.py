"""Where a passage comes from, and how an answer's [1] becomes an annotation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatkit.types import Annotation, AssistantMessageContent, AssistantMessageItem, URLSource

from ..config import settings
from .passages import Passage

# "[2]" or "[1, 3]", but no link "[2](...)" and no footnote "[2]: ...".
_CITATION = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?![(:])")
# Code blocks, to the end of the text when they are not closed, and code within a line.
_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Name a page of the book; a reader can open `url`."""

    title: str
    url: str
    chapter: int | None
    lesson: str | None


def source_of(passage: Passage) -> Source:
    """Return the page that the passage stands on, under the book's URL as it is set now."""
    url = passage.url
    if not url.startswith(("http://", "https://")):
        url = f"{settings.book_base_url.rstrip('/')}/{url.lstrip('/')}"
    return Source(passage.title, url, passage.chapter, passage.lesson)


def number_of(source: Source, sources: list[Source]) -> int:
    """Return the number to cite the source by, counted from 1; a new one is added to the list."""
    if source not in sources:
        sources.append(source)
    return sources.index(source) + 1


def where(source: Source) -> str:
    """Return the place in words: "chapter 3, lesson loops", or nothing when it has none."""
    chapter = [] if source.chapter is None else [f"chapter {source.chapter}"]
    return ", ".join(chapter + ([] if source.lesson is None else [f"lesson {source.lesson}"]))


def annotate(item: AssistantMessageItem, sources: Sequence[Source]) -> AssistantMessageItem:
    """Return the message with an annotation for every citation of one of the sources.

    A source that was found but not cited is left out: the answer does not rest on it. `index` is
    the position just after the citation, in characters (code points), where the SDK puts a
    provider's own citations. Numbers without a source, and numbers in code, are plain text.
    """
    content = [_annotated(part, sources) for part in item.content]
    return item.model_copy(update={"content": content})


def _annotated(part: AssistantMessageContent, sources: Sequence[Source]) -> AssistantMessageContent:
    # Blanks of the same length keep every position: `items[1]` in code cites nothing.
    prose = _CODE.sub(lambda code: " " * len(code[0]), part.text)
    found = [
        Annotation(source=_url_source(sources[number - 1]), index=citation.end())
        for citation in _CITATION.finditer(prose)
        for number in dict.fromkeys(map(int, citation[1].split(",")))
        if 1 <= number <= len(sources)
    ]
    return part.model_copy(update={"annotations": [*part.annotations, *found]})


def _url_source(source: Source) -> URLSource:
    place = where(source)
    return URLSource(title=source.title, url=source.url, description=place.capitalize() or None)
