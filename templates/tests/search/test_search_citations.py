"""Numbers in an answer become annotations of the sources that they stand for."""

from datetime import datetime

import pytest
from app.search.sources import Source, annotate, number_of
from chatkit.types import Annotation, AssistantMessageContent, AssistantMessageItem, URLSource

SOURCES = [
    Source("Loops", "https://book.example/loops", 3, "loops"),
    Source("Functions", "https://book.example/functions", 4, None),
]


def annotations(text: str, given: list[Annotation] | None = None) -> list[Annotation]:
    """Return the annotations of a message with this text."""
    item = AssistantMessageItem(
        id="msg_1",
        thread_id="thr_1",
        created_at=datetime.now(),
        content=[AssistantMessageContent(text=text, annotations=given or [])],
    )
    return annotate(item, SOURCES).content[0].annotations


def cited(text: str) -> list[tuple[str, int | None]]:
    """Return the title and the index of every annotation."""
    return [(found.source.title, found.index) for found in annotations(text)]


def test_a_citation_is_annotated_where_it_ends() -> None:
    """The index is the position behind the bracket, counted in characters."""
    text = "Schleifen 🙂 wiederholen [1]. Functions [2] return."
    assert cited(text) == [("Loops", text.index("]") + 1), ("Functions", text.rindex("]") + 1)]


def test_an_annotation_leads_to_the_page() -> None:
    """The source has the title, the URL, and the place in words."""
    (found,) = annotations("So it is [1].")
    assert found.source == URLSource(
        title="Loops", url="https://book.example/loops", description="Chapter 3, lesson loops"
    )


@pytest.mark.parametrize(
    "text",
    [
        "nothing cited",
        "unknown [0] [3] [999]",
        "a link [1](https://example.com)",
        "a footnote\n\n[1]: https://example.com",
        "`items[1]` in code",
        "``a `b[1]` c``",
        "```python\nitems[1]\n```",
        "~~~\nitems[1]\n~~~\n",
        "```\nnever closed [1]",
    ],
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    """Sources that are not cited are not attached; numbers in links and code cite nothing."""
    assert cited(text) == []


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("both [1, 2]", ["Loops", "Functions"]),
        ("both [1][2]", ["Loops", "Functions"]),
        ("twice [1] and [1]", ["Loops", "Loops"]),
        ("once [1, 1]", ["Loops"]),
        ("```\nitems[2]\n```\n\nafter code [1]", ["Loops"]),
    ],
)
def test_each_citation_gets_its_source(text: str, titles: list[str]) -> None:
    """Several numbers in one bracket, several brackets, and brackets behind code all count."""
    assert [title for title, _ in cited(text)] == titles


def test_the_providers_own_annotations_stay() -> None:
    """What the model's provider annotated comes first."""
    given = Annotation(source=URLSource(title="Web", url="https://example.com"), index=1)
    assert annotations("a [1]", [given])[0] == given


def test_a_source_keeps_its_number() -> None:
    """A page found twice is numbered once."""
    sources: list[Source] = []
    assert [number_of(one, sources) for one in (*SOURCES, SOURCES[0])] == [1, 2, 1]
    assert sources == SOURCES
