"""The three promises catch planted faults, and say where."""

from pathlib import PurePosixPath
from textwrap import dedent

import libcst as cst
import pytest

from chatkit_forge import promises, sdk

COMPLETE = '''
from collections.abc import AsyncIterator
from chatkit.store import AttachmentStore
from chatkit.server import ChatKitServer
from chatkit.types import ClosedStatus, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from chatkit.types import UserMessageTextContent


class Files(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        """Delete it."""

    def generate_attachment_id(self, mime_type: str, context: str) -> str:
        return UserMessageTextContent(text="x", type="input_text").text


class Server(ChatKitServer[str]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: str
    ) -> AsyncIterator[ThreadStreamEvent]:
        thread.status = ClosedStatus(reason="done")
        names: list[str] = []
        names.clear()
        for event in list[ThreadStreamEvent]():
            yield event
'''


def findings(source: str) -> list[str]:
    """Return "line: message" of everything found."""
    found = promises.check(cst.parse_module(source), PurePosixPath("x.py"))
    return [str(finding).removeprefix("x.py:") for finding in found]


def planted(old: str, new: str) -> list[str]:
    """Return what is found when one piece of the complete module is replaced."""
    assert COMPLETE.count(old) == 1
    return findings(COMPLETE.replace(old, new))


def test_a_complete_module_keeps_every_promise() -> None:
    """Nothing is found where nothing is wrong."""
    assert findings(COMPLETE) == []


def test_every_abstract_method_of_a_store_is_asked_for() -> None:
    """An empty store lacks each of the SDK's abstract methods, however Store is imported."""
    abstract = {m.name for m in sdk.methods("chatkit.store.Store").values() if m.is_abstract}
    for head in (
        "from chatkit.store import Store\nclass S(Store[str]): ...",
        "from chatkit.server import Store as Base\nclass S(Base): ...",
        "import chatkit.store\nclass S(chatkit.store.Store[str]): ...",
        "from chatkit import store as s\nclass A(s.Store[str]): ...\nclass S(A): ...",
        "try:\n    from chatkit.store import Store\nexcept ImportError: ...\nclass S(Store): ...",
    ):
        found = {line.partition(" S lacks ")[2].partition("()")[0] for line in findings(head)}
        assert found - {""} == abstract


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "async def delete_attachment",
            "async def remove_attachment",
            "9: Files lacks delete_attachment(), which chatkit.store.AttachmentStore asks for",
        ),
        (
            "async def delete_attachment",
            "def delete_attachment",
            "10: Files.delete_attachment() must be `async def`, as in the SDK",
        ),
        (
            "def generate_attachment_id",
            "async def generate_attachment_id",
            "13: Files.generate_attachment_id() must be a plain `def`, as in the SDK",
        ),
        (
            "attachment_id: str, context: str",
            "file_id: str, context: str",
            "10: Files.delete_attachment() takes (file_id, context), "
            "the SDK passes (attachment_id, context)",
        ),
        (
            "mime_type: str, context: str",
            "context: str, mime_type: str",
            "13: Files.generate_attachment_id() takes (context, mime_type), "
            "the SDK passes (mime_type, context)",
        ),
        (
            "mime_type: str, context: str",
            "mime_type: str, context: str, size: int",
            "13: Files.generate_attachment_id() has a parameter without default "
            "that the SDK never passes",
        ),
        (
            "attachment_id: str, context: str",
            "attachment_id, context: str",
            "10: Files.delete_attachment() has no annotation for attachment_id",
        ),
        (
            "mime_type: str, context: str) -> str:",
            "mime_type: str, context: str):",
            "13: Files.generate_attachment_id() does not annotate what it returns",
        ),
        (
            "yield event",
            "print(event)",
            "18: Server.respond() must yield: the SDK iterates over what it returns",
        ),
        (
            'type="input_text"',
            'type="text"',
            "14: UserMessageTextContent(type='text'): the SDK's type takes 'input_text'",
        ),
        (
            'ClosedStatus(reason="done")',
            'ThreadMetadata(status="closed")',
            "21: ThreadMetadata(status='closed'): the SDK's status takes a model, no string",
        ),
        ("names: list[str] = []", "names: list = []", "22: bare list: say what it holds"),
        ("names: list[str] = []", "names = []", "22: names is empty and untyped: annotate it"),
    ],
)
def test_a_planted_fault_is_found_where_it_is(old: str, new: str, expected: str) -> None:
    """One fault gives one finding, with its line."""
    assert planted(old, new) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "def f() -> dict: ...",
        "def f(x: 'list') -> None: ...",
        "x: dict[str, list] = {}",
        "x: list | None = None",
        "import typing\nx: typing.List = load()",
        "x = cast(list, y)",
        "x = cast('dict', y)",
        "type X = list",
        "x = {}",
        "x = dict()",
        "a, b = 1, []",
        "if (x := []): ...",
        "def f(x=[]): ...",
        "class C:\n    def f(self) -> None:\n        self.x = []",
        "x: list[int]\ndef f() -> None:\n    x = []",
    ],
)
def test_untyped_containers_are_found(source: str) -> None:
    """Each way to write a container without element types is one finding."""
    assert len(findings(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from typing import Literal\nx: Literal['list'] = 'list'",
        "x: list[int]\nx = []",
        "class C:\n    x: list[int]\n    def f(self) -> None:\n        self.x = []",
        "class C:\n    def f(self) -> None:\n        self.x: list[int] = []\n        self.x = []",
        "def f(x: list[int] | None) -> None:\n    x = []",
        "f(x=[])",
        "isinstance(x, list)",
        "x['y'] = []",
    ],
)
def test_typed_containers_pass(source: str) -> None:
    """A type given elsewhere in the scope or class counts; arguments are the callee's matter."""
    assert findings(dedent(source)) == []
