"""Markdown files become lessons and chunks that say where they come from."""

from pathlib import Path

import pytest
from app.search.chunks import CHUNK_SIZE, split
from app.search.lesson_keys import lesson_key, lesson_keys
from app.search.lessons import Lesson, LessonError, lesson_files, read_lesson


def lesson(folder: Path, file: str, text: str) -> Lesson:
    """Write the file and return the lesson in it."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    return read_lesson(folder, file)


def test_sections_are_cut_at_headings_and_know_those_above() -> None:
    """A chunk carries the trail of its headings, and none of a section that has ended."""
    chunks = split("before\n\n# A\n\none\n\n## B\n\ntwo\n\nC\n===\n\nthree\n")
    found = [(chunk.heading, chunk.text) for chunk in chunks]
    assert found == [("", "before"), ("A", "one"), ("A > B", "two"), ("C", "three")]


def test_code_is_no_heading() -> None:
    """A `#` inside a code block is a comment of that code."""
    (chunk,) = split("# A\n\n```python\n# not a heading\nx = 1\n```\n")
    assert chunk.heading == "A"
    assert "# not a heading" in chunk.text


@pytest.mark.parametrize("between", ["\n\n", "\n", " "], ids=["paragraphs", "lines", "words"])
def test_no_chunk_is_too_long_and_no_word_is_lost(between: str) -> None:
    """Long sections are cut between paragraphs, long paragraphs between lines, then words."""
    words = [f"word{number}" for number in range(1000)]
    chunks = split("# A\n\n" + between.join(words))
    assert len(chunks) > 3
    assert all(len(chunk.text) <= CHUNK_SIZE for chunk in chunks)
    assert " ".join(chunk.text for chunk in chunks).split() == words


def test_long_code_is_cut_between_its_lines() -> None:
    """Half a line of code says nothing."""
    lines = [f"value_{number} = compute({number})" for number in range(200)]
    chunks = split("\n".join(["```python", *lines, "```"]))
    found = [line for chunk in chunks for line in chunk.text.split("\n")]
    assert found == ["```python", *lines, "```"]


@pytest.mark.parametrize(
    ("file", "chapter", "name", "url"),
    [
        ("chapter-03/02-loops.md", 3, "02-loops", "/chapter-03/02-loops"),
        ("part-2/Chapter 7/intro.md", 7, "intro", "/part-2/Chapter%207/intro"),
        ("chapter-03/01-topics/intro.md", 3, "intro", "/chapter-03/01-topics/intro"),
        ("04-control/loops.mdx", 4, "loops", "/04-control/loops"),
        ("chapter-03/README.md", 3, None, "/chapter-03"),
        ("chapter-05.md", 5, None, "/chapter-05"),
        ("about.md", None, "about", "/about"),
        ("2fa/setup.md", None, "setup", "/2fa/setup"),
    ],
)
def test_folders_and_names_say_where_a_lesson_is(
    tmp_path: Path, file: str, chapter: int | None, name: str | None, url: str
) -> None:
    """Without front matter, chapter, lesson and URL come from the path."""
    found = lesson(tmp_path, file, "text")
    assert (found.chapter, found.lesson, found.url) == (chapter, name, url)


def test_front_matter_goes_first(tmp_path: Path) -> None:
    """What the front matter says is taken before what the path says."""
    head = "---\ntitle: T\nchapter: 9\nlesson: 2\nurl: /?chapter=9&lesson=2\n---\n# Heading\n\ntext"
    found = lesson(tmp_path, "chapter-03/02-loops.md", head)
    assert (found.title, found.chapter, found.lesson) == ("T", 9, "2")
    assert found.url == "/?chapter=9&lesson=2"


def test_a_title_is_found_without_front_matter(tmp_path: Path) -> None:
    """The first heading is the title, else the words of the file's name."""
    assert lesson(tmp_path, "a.md", "# The heading\n\ntext").title == "The heading"
    assert lesson(tmp_path, "02-while_loops.md", "text").title == "While loops"


def test_a_lesson_is_known_by_every_spelling() -> None:
    """Number, name, both, and the title: a page may use any of them."""
    keys = lesson_keys("02-loops", "", "While Loops")
    for spelling in ("02-loops", "loops", "2", "Lesson 2", "LOOPS", "while_loops"):
        assert lesson_key(spelling) in keys
    assert lesson_key("3") not in keys


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff\xfe", "not UTF-8 (byte 1)"),
        (b"---\n: [\n---\n", "bad front matter"),
        (b"---\nchapter: three\n---\n", "chapter is 'three', not a number"),
        (b"---\ntitle: [a, b]\n---\n", "title is ['a', 'b'], not text"),
        (b"---\nurl: javascript:alert(1)\n---\n", "neither a path nor http(s)"),
    ],
)
def test_a_bad_file_is_named_with_its_reason(tmp_path: Path, text: bytes, reason: str) -> None:
    """One line says which file it is and what is wrong with it."""
    (tmp_path / "bad.md").write_bytes(text)
    with pytest.raises(LessonError) as raised:
        read_lesson(tmp_path, "bad.md")
    message = str(raised.value)
    assert message.startswith("bad.md: ")
    assert reason in message
    assert "\n" not in message


def test_only_markdown_that_is_not_hidden_is_found(tmp_path: Path) -> None:
    """Other files, and folders such as `.git`, are left alone."""
    for file in ("b.md", "a/c.MDX", "d.txt", ".git/e.md", "f.md/g.md"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert list(lesson_files(tmp_path)) == ["a/c.MDX", "b.md", "f.md/g.md"]
    with pytest.raises(LessonError, match="is not a folder"):
        lesson_files(tmp_path / "missing")
