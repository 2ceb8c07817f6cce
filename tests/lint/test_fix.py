"""Fixes mend what they say, leave the rest as it was, and are stable."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chatkit_forge import mend
from chatkit_forge.lint import doc, engine, fix, source
from chatkit_forge.lint.finding import AddImport, Finding, Fix, Replace, Span

from .running import findings

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))


def mended(text: str, *, unsafe: bool = True) -> str:
    """Return the text after all fixes, repeated until nothing is left to do."""
    for _ in range(20):
        read = source.decode(text.encode())
        offered = [f.fix for f in findings(("app/case.py", read)) if f.fix is not None]
        wanted = [each for each in offered if unsafe or each.safety == "safe"]
        applied = fix.apply(text.encode(), wanted)
        if not applied.made:
            return text
        text = applied.data.decode()
    raise AssertionError("the fixes do not come to an end")


def fixable(text: str) -> list[Finding]:
    """Return the findings of a text that offer a fix."""
    return [finding for finding in findings(("app/case.py", text)) if finding.fix is not None]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_fixable_is_left(path: Path) -> None:
    """Every fix of a case works: what offered one is gone, and what is left parses."""
    text = mended(path.read_text(encoding="utf-8"))
    assert fixable(text) == []
    ast.parse(text)


def _bad() -> Iterator[tuple[str, str]]:
    for rule in engine.all_rules():
        bad = doc.read(rule).bad
        if any(finding.fix for finding in findings(("app/case.py", bad))):
            yield rule.code, bad


@pytest.mark.parametrize(("code", "bad"), list(_bad()), ids=lambda value: value[:6])
def test_a_mended_example_is_clean_and_stable(code: str, bad: str) -> None:
    """After the fix the bad example is free of that finding, and mending again changes nothing."""
    once = mended(bad)
    assert code not in {finding.code for finding in fixable(once)}
    assert mended(once) == once


def test_comments_and_formatting_stay() -> None:
    """Only the mistake changes; odd spacing, comments, quotes and line ends stay as they were."""
    before = (
        "# a comment\r\n"
        "from chatkit.types import (  # why\r\n"
        "    UserMessageTextContent ,\r\n"
        ")\r\n"
        "\r\n"
        "one = UserMessageTextContent( type='text',  # the type\r\n"
        "    text = 'x' )\r\n"
    )
    after = before.replace("type='text'", 'type="input_text"')
    assert mended(before) == after


def test_lines_of_a_call_inside_a_function_stay_where_they_were() -> None:
    """A call over several lines keeps its indentation, comments and empty lines between too."""
    before = (
        "from datetime import datetime\n"
        "from chatkit.types import ThreadMetadata\n"
        "\n\n"
        "def new(now: datetime) -> ThreadMetadata:\n"
        "    if now:\n"
        "        return ThreadMetadata(\n"
        '            id="t",  # the id\n'
        "            # when\n"
        "\n"
        "            created_at=now,\n"
        "            updated_at=now,\n"
        "        )\n"
        '    return ThreadMetadata(id="u", created_at=now)\n'
    )
    after = before.replace("updated_at=now", 'metadata={"updated_at": now}')
    assert mended(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(\n    Store,  # the base\n    Page,\n)", "(\n    Page,\n)\n{}  # the base"),
        (
            "(  # all\n    Page,  # a page\n    # next\n    Store # the base\n)  # end",
            "(  # all\n    Page,  # a page\n    # next\n)\n{}  # the base  # end",
        ),
        ("(Store, Page, # both\n  Thread)", "(Page, # both\n  Thread)\n{}"),
        ("(Page, Store, # both\n  Thread)", "(Page, # both\n  Thread)\n{}"),
        ("(Page, # first\n  Store)  # end", "(Page, # first\n  )\n{}  # end"),
        ("(Page, Thread, Store)", "(Page, Thread)\n{}"),
        ("Page, Store, Thread  # all", "Page, Thread\n{}  # all"),
        ("Store, \\\n    Page", "Page\n{}"),
    ],
)
@pytest.mark.parametrize("pad", ["", "    ", "\t"])
def test_a_name_is_imported_from_elsewhere_and_comments_stay(
    before: str, after: str, pad: str
) -> None:
    """What stays keeps its lines and comments; the comment beside a name goes along with it."""
    head = f"if True:\n{pad}" if pad else ""
    taken = f"{pad}from chatkit.store import Store"
    before, after = (text.replace("\n", f"\n{pad}") for text in (before, after))
    after = after.replace(f"{pad}{{}}", taken)
    start = f"{head}from chatkit.types import "
    for end in ("\n", "\r\n"):
        given, wanted = (f"{start}{text}\n".replace("\n", end) for text in (before, after))
        assert mended(given) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "from chatkit.types import (\n    ThreadItemUpdated,  # an update\n    Page,\n)\n\n"
        "def kind(each: ThreadItemUpdated) -> bool:\n"
        "    return isinstance(each, (Page, ThreadItemUpdated))\n",
        "from chatkit.types import ThreadItemUpdated as Updated\n\nKINDS = (Updated, Updated)\n",
        "from chatkit import types\n\nKINDS = [types.ThreadItemUpdated]  # all\n",
    ],
)
def test_what_was_renamed_gets_its_new_name(text: str) -> None:
    """Import and uses change together, and nothing besides them."""
    assert mended(text) == text.replace("ThreadItemUpdated", "ThreadItemUpdatedEvent")
    assert {found.hint.partition(";")[0] for found in fixable(text)} == {"since chatkit 1.3.1"}


def test_what_was_renamed_stays_imported_for_those_who_name_it_in_a_string() -> None:
    """A string is not changed, and what it names is there as before."""
    text = (
        "from chatkit.types import {}\n\n"
        '__all__ = ["ThreadItemUpdated"]\nKIND = ThreadItemUpdated{}\n'
    )
    after = text.format("ThreadItemUpdatedEvent, ThreadItemUpdated", "Event")
    assert mended(text.format("ThreadItemUpdated", "")) == after
    taken = text.format("ThreadItemUpdated", "") + "class ThreadItemUpdatedEvent: ...\n"
    assert mended(taken) == taken


def test_an_only_name_is_imported_from_elsewhere_where_it_stands() -> None:
    """With nothing that stays, nothing but the module changes."""
    text = "from  chatkit.{} import (  # why\n    Store as Base,  # the base\n)  # end\n"
    assert mended(text.format("types")) == text.format("store")


@pytest.mark.parametrize(
    ("end", "wanted"),
    [
        (",  # none\n)\n", ",  # none\n    {},\n)\n"),
        ("  # none, yet\n)\n", ",  # none, yet\n    {}\n)\n"),
        (",\n    # and (no) tools\n)\n", ",\n    {},\n    # and (no) tools\n)\n"),
        (",)\n", ", {},)\n"),
        (")\n", ", {})\n"),
    ],
)
def test_a_field_is_added_and_comments_stay(end: str, wanted: str) -> None:
    """A comment behind the last argument stays there, with a comma before it or without."""
    text = (
        "from datetime import datetime\nfrom chatkit.types import {}UserMessageItem\n\n"
        'item = UserMessageItem(\n    id="m", thread_id="t",\n    created_at=datetime.now(),\n'
        "    content=[],\n    attachments=([])"
    )
    field = "inference_options=InferenceOptions()"
    after = text.format("InferenceOptions, ") + wanted.format(field)
    assert mended(text.format("") + end) == after


def test_a_fix_that_does_not_parse_is_left_out_alone() -> None:
    """One that is no Python, or has no place, is named, and does not keep the others from it."""
    good = [Fix("safe", (Replace(Span(line, 1, line, 2), "g"),)) for line in (1, 3)]
    bad = [
        Fix("safe", (Replace(Span(2, 1, 2, 2), "(  # no end"),)),
        Fix("safe", (Replace(Span(4, 1, 4, 2), "h"), AddImport("a b", "c"))),
        Fix("safe", (Replace(Span(9, 1, 9, 2), "nowhere"),)),
    ]
    applied = fix.apply(b"a\nb\nc\nd\n", [good[0], *bad, good[1]])
    assert applied.data == b"g\nb\ng\nd\n"
    assert (applied.made, applied.refused) == (good, bad)


def test_a_fix_that_others_overlap_is_tried_when_they_are_refused() -> None:
    """What is refused does not take the place of what can be made."""
    bad = Fix("safe", (Replace(Span(1, 1, 1, 6), "("),))
    good = Fix("safe", (Replace(Span(1, 1, 1, 2), "c"),))
    applied = fix.apply(b"a + b\n", [bad, good])
    assert (applied.data, applied.made, applied.refused) == (b"c + b\n", [good], [bad])


def test_a_refused_fix_is_named_by_its_place() -> None:
    """What is written has every other fix, and the place is one in what is written."""

    def find(files: Mapping[str, bytes]) -> list[Finding]:
        lines = files["a.py"].decode().splitlines()
        spans = [Span(number, 1, number, 2) for number in range(1, len(lines) + 1)]
        codes = {"a": "aa", "b": "("}
        return [
            Finding("a.py", span, "CKF999", "name", "error", "", "", fix=Fix("safe", (edit,)))
            for span, line in zip(spans, lines, strict=True)
            if line in codes
            for edit in (Replace(span, codes[line]),)
        ]

    made = mend.mend({"a.py": b"a\nb\na\n"}, find, unsafe=False)
    assert (made.files, made.counts) == ({"a.py": b"aa\nb\naa\n"}, {"a.py": 2})
    assert list(made.refused) == ["a.py:2:1: CKF999"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('id="t", owner=ME, metadata={"a": 1}', 'id="t", metadata={"a": 1, "owner": ME}'),
        ('metadata={}, id="t", owner=(ME)', 'metadata={"owner": ME}, id="t"'),
        (
            '\n    id="t",\n    metadata={\n        "a": (1),  # one\n    },\n    owner=ME,\n',
            '\n    id="t",\n    metadata={\n        "a": (1),  # one\n        "owner": ME,\n'
            "    },\n",
        ),
        (
            '\n    owner=ME,  # mine\n    id="t", team=ME,  # both\n',
            '\n    metadata={"owner": ME, "team": ME},  # mine\n    id="t",  # both\n',
        ),
        ('id="t", owner=ME, metadata={**REST}', 'id="t", owner=ME, metadata={**REST}'),
        (
            'id="t", owner=ME, metadata={"owner": 1}', 'id="t", owner=ME, metadata={"owner": 1}'
        ),
    ],
)  # fmt: skip
def test_what_a_thread_does_not_know_goes_into_its_metadata(given: str, wanted: str) -> None:
    """Also where metadata is given already; comments stay, and so does what cannot be seen."""
    text = (
        "from datetime import datetime\nfrom chatkit.types import ThreadMetadata\n\n"
        'ME, REST = "me", {}\nNOW = datetime(2026, 1, 1)\n'
        "THREAD = ThreadMetadata(created_at=NOW, "
    )
    assert mended(f"{text}{given})\n") == f"{text}{wanted})\n"


def test_unsafe_fixes_are_only_made_when_asked_for() -> None:
    """A stub for a missing method is unsafe; with --fix alone it is not written."""
    text = (
        "from chatkit.store import AttachmentStore\n\n\n"
        "class Empty(AttachmentStore[str]):\n    pass\n"
    )
    assert mended(text, unsafe=False) == text
    assert "def delete_attachment" in mended(text)


@pytest.mark.parametrize("body", ["\n    pass  # to come\n", " ...  # to come\n"])
def test_stubs_have_the_types_of_the_sdk(body: str) -> None:
    """They are typed like the SDK's own, say clearly what is missing, and earn nothing new."""
    text = (
        "from chatkit.server import ChatKitServer\nfrom chatkit.store import Store\n\n\n"
        f"class User:\n    pass\n\n\nclass Threads(Store[User]):{body}\n\n"
        "class Desk(ChatKitServer[dict]):\n    pass\n"
    )
    result = mended(text)
    codes = {found.code for found in findings(("app/case.py", result))}
    assert codes == {"CKF116", "CKF216"}  # ids of its own, and attachments: that is honest
    assert "    # to come\n    async def load_thread(self, thread_id: str, context: User)" in result
    assert (
        "    async def load_thread_items(\n        self,\n        thread_id: str,\n"
        "        after: str | None,\n        limit: int,\n        order: str,\n"
        "        context: User,\n    ) -> Page[ThreadItem]:\n"
        '        raise NotImplementedError("Threads.load_thread_items() is not written yet")\n'
    ) in result
    assert "context: dict[str, Any],\n    ) -> AsyncIterator[ThreadStreamEvent]:\n" in result
    assert "from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata" in result


def test_overrides_get_the_types_of_the_sdk() -> None:
    """Parameters, returns and what a page holds: comments and defaults stay where they are."""
    text = (
        "from abc import ABC\n\nfrom chatkit.store import Store\nfrom chatkit.types import Page\n"
        "\n\nclass Threads(Store[str], ABC):\n"
        "    async def load_threads(\n"
        "        self, limit: int, after=None,  # the last one\n"
        "        order='desc', context: str = ''\n"
        "    ) -> Page:  # newest first\n"
        "        return await self.find(context, limit, after, order)\n\n"
        "    async def delete_thread(self, thread_id, context):\n"
        "        await self.drop(context, thread_id)\n\n"
        "    async def save_item(self, item, thread_id, context):\n"
        "        await self.put(context, thread_id, item)\n"
    )
    result = mended(text, unsafe=False)
    assert (
        "self, limit: int, after: str | None = None,  # the last one\n"
        "        order: str = 'desc', context: str = ''\n"
        "    ) -> Page[ThreadMetadata]:  # newest first\n"
    ) in result
    assert "def delete_thread(self, thread_id: str, context: str) -> None:\n" in result
    assert "def save_item(self, item, thread_id, context):\n" in result
    assert "from chatkit.types import ThreadMetadata, Page\n" in result


def test_a_type_is_not_written_where_its_name_is_another_thing() -> None:
    """A name that the file has for something else, or only for type checkers, is left alone."""
    text = (
        "from abc import ABC\nfrom typing import TYPE_CHECKING\n\n"
        "from chatkit.store import Store\n\nif TYPE_CHECKING:\n"
        "    from chatkit.types import ThreadMetadata\n\n\n"
        "class Attachment:\n    pass\n\n\n"
        "class Threads(Store[str], ABC):\n"
        "    async def save_attachment(self, attachment, context: str) -> None:\n"
        "        await self.put(context, attachment)\n\n"
        "    async def save_thread(self, thread, context: str) -> None:\n"
        "        await self.put(context, thread)\n"
    )
    assert mended(text, unsafe=False) == text


def test_an_import_is_added_once() -> None:
    """A name that a fix needs is imported beside what is imported from there already."""
    text = (
        "from datetime import datetime\n\nfrom chatkit.types import ThreadMetadata\n\n"
        'ONE = ThreadMetadata(id="a", created_at=datetime.now(), status="active")\n'
        'TWO = ThreadMetadata(id="b", created_at=datetime.now(), status="active")\n'
    )
    result = mended(text)
    assert result.count("status=ActiveStatus()") == 2
    assert result.count("ActiveStatus") == 3


def test_an_answer_and_none_become_the_sdks_error_when_asked_for() -> None:
    """HTTPException may be meant, and None handled: making NotFoundError of them is unsafe."""
    text = (
        "from abc import ABC\nfrom typing import Any\n\nfrom chatkit.store import Store\n"
        "from fastapi import HTTPException\n\n\n"
        "class Threads(Store[dict[str, Any]], ABC):\n"
        "    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> Any:\n"
        '        row = await self.find(context["user_id"], thread_id)\n'
        "        if row is None:\n"
        '            raise HTTPException(status_code=404, detail="no such thread")\n'
        "        return row\n\n"
        "    async def load_item(self, thread_id: str, item_id: str, context: Any) -> Any:\n"
        '        row = await self.find(context["user_id"], item_id)\n'
        "        if row is None:\n"
        "            return None  # nobody looks\n"
        "        return row\n"
    )
    assert mended(text, unsafe=False) == text
    result = mended(text)
    assert '            raise NotFoundError(f"Thread {thread_id} not found")\n' in result
    assert (
        '            raise NotFoundError(f"Item {item_id} not found")  # nobody looks\n' in result
    )
    assert "from chatkit.store import NotFoundError, Store\n" in result


def test_a_local_import_moves_to_the_top() -> None:
    """It goes where nothing else has its name; comments, and names that are taken, keep it."""
    text = (
        '"""A store."""\n\nfrom __future__ import annotations\n\n'
        "from chatkit.store import AttachmentStore\n\n\n"
        "class Uploads(AttachmentStore[str]):\n"
        "    async def delete_attachment(self, attachment_id: str, context: str) -> None:\n"
        "        import json\n        import logging as log\n\n"
        "        log.info(json.dumps(attachment_id))\n\n"
        "    async def kept(self, wait: str) -> None:\n"
        "        import random  # slow to load\n\n"
        "        import wait as wait\n"
        "        from time import sleep as wait\n\n"
        "        print(random, wait)\n"
    )
    result = mended(text, unsafe=False)
    assert "import json\nimport logging as log\n" in result.partition("class ")[0]
    assert "None:\n        log.info(json.dumps(attachment_id))\n" in result
    assert "import random  # slow to load\n" in result
    assert "from time import sleep as wait\n" in result


def test_what_else_imports_it_does_not_keep_an_import_from_the_top() -> None:
    """A function beside the class may import the same: that one is no import of the file."""
    text = (
        "from chatkit.store import AttachmentStore\n\n\n"
        "def size(data: object) -> int:\n    import json\n\n    return len(json.dumps(data))\n\n\n"
        "class Uploads(AttachmentStore[str]):\n"
        "    async def delete_attachment(self, attachment_id: str, context: str) -> None:\n"
        "        import json\n\n        print(json.dumps(attachment_id))\n"
    )
    result = mended(text, unsafe=False)
    assert result.startswith("from chatkit.store import AttachmentStore\nimport json\n")
    assert result.count("import json") == 2
