"""Markdown cut into chunks: by headings first, and by size where a section is long."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Characters: a few paragraphs, about 300 tokens. Eight of them fit into any model's context.
CHUNK_SIZE: Final = 1200
_PARSER: Final = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold a piece of Markdown as it was written, and the headings above it: "Loops > While"."""

    heading: str
    text: str


def split(markdown: str) -> tuple[Chunk, ...]:
    """Return the chunks of a document, in order; a heading without text below has none."""
    lines = markdown.splitlines()
    tokens = _PARSER.parse(markdown)
    chunks: list[Chunk] = []
    headings: dict[int, str] = {}
    blocks: list[str] = []

    def finish_section() -> None:
        trail = " > ".join(headings.values())
        chunks.extend(Chunk(trail, text) for text in _packed(blocks, "\n\n"))
        blocks.clear()

    for index, token in enumerate(tokens):
        # Blocks at the top only: what they contain is among their lines.
        if token.level or token.map is None or token.nesting < 0 or _is_comment(token):
            continue
        if token.type == "heading_open":
            finish_section()
            level = int(token.tag[1:])
            for deeper in [known for known in headings if known >= level]:
                del headings[deeper]
            headings[level] = " ".join(tokens[index + 1].content.split())
        else:
            first, end = token.map
            blocks.append("\n".join(lines[first:end]).strip("\n"))
    finish_section()
    return tuple(chunks)


def _is_comment(token: Token) -> bool:
    text = token.content.strip()
    return token.type == "html_block" and bool(re.fullmatch(r"<!--.*-->", text, re.DOTALL))


def _packed(parts: Iterable[str], between: str) -> list[str]:
    """Join parts up to CHUNK_SIZE; one that is longer by itself is cut at lines, then at blanks."""
    packed: list[str] = []
    for part in parts:
        if packed and len(packed[-1]) + len(between) + len(part) <= CHUNK_SIZE:
            packed[-1] += between + part
        elif len(part) <= CHUNK_SIZE:
            packed.append(part)
        elif "\n" in part:
            packed += _packed(part.split("\n"), "\n")
        else:
            packed += textwrap.wrap(part, CHUNK_SIZE, expand_tabs=False)
    return [text for text in packed if text.strip()]
