"""The receipt: what it holds, that it is stable, and what happens when it is not ours."""

import json
import zlib
from base64 import b64encode
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from chatkit_forge import __version__, disk, receipt
from chatkit_forge.errors import UsageError
from chatkit_forge.options import Package, StoreOptions

CONFIG = PurePosixPath("app/config.py")
STORE = PurePosixPath("app/stores/sqlite.py")
FILES = {STORE: "class SqliteStore: ...\n", CONFIG: 'name = "é"\n'}
ENTRY = "app.stores.sqlite:SqliteStore"


def write(project: Path, text: str) -> None:
    """Put a receipt into the project as publishing does, with LF."""
    (project / receipt.PATH).write_bytes(text.encode())


def as_json(text: str) -> dict[str, Any]:
    """Parse a receipt without the room under test."""
    return json.loads(text)


def test_a_project_without_receipt_has_none(tmp_path: Path) -> None:
    """A first run finds nothing and says so with None."""
    assert receipt.load(tmp_path) is None


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Answers, version, digests and texts survive the way through the disk."""
    write(tmp_path, receipt.updated(None, {ENTRY: {"backend": "sqlite"}}, FILES))
    found = receipt.load(tmp_path)
    assert found is not None
    assert found.template == __version__
    assert found.answers == {ENTRY: {"backend": "sqlite"}}
    assert {path: file.text() for path, file in found.files.items()} == FILES


def test_the_same_run_leaves_the_same_bytes(tmp_path: Path) -> None:
    """A second identical run changes nothing, in whatever order its files come."""
    first = receipt.updated(None, {ENTRY: {"b": 1, "a": 2}}, FILES)
    write(tmp_path, first)
    again = dict(reversed(FILES.items()))
    assert receipt.updated(receipt.load(tmp_path), {ENTRY: {"a": 2, "b": 1}}, again) == first


def test_another_build_of_zlib_rewrites_nothing(tmp_path: Path) -> None:
    """Text that somebody's zlib packed into other bytes keeps them while it is the same text."""
    data = as_json(receipt.updated(None, {ENTRY: {}}, FILES))
    stored = b64encode(zlib.compress(FILES[STORE].encode(), 0)).decode()
    assert data["files"][str(STORE)]["text"] != stored
    data["files"][str(STORE)]["text"] = stored
    write(tmp_path, json.dumps(data))
    text = receipt.updated(receipt.load(tmp_path), {ENTRY: {}}, FILES)
    assert as_json(text)["files"][str(STORE)]["text"] == stored


def test_a_second_store_joins_the_first(tmp_path: Path) -> None:
    """Entries and files of an earlier command stay; shared files have one record, the newest."""
    write(tmp_path, receipt.updated(None, {ENTRY: {"backend": "sqlite"}}, FILES))
    other = PurePosixPath("app/stores/memory.py")
    text = receipt.updated(
        receipt.load(tmp_path), {"app.stores.memory:MemoryStore": {}}, {other: "", CONFIG: "new\n"}
    )
    write(tmp_path, text)
    found = receipt.load(tmp_path)
    assert found is not None
    assert set(found.answers) == {ENTRY, "app.stores.memory:MemoryStore"}
    assert {p: f.text() for p, f in found.files.items()} == {**FILES, other: "", CONFIG: "new\n"}


def test_a_checkout_with_crlf_is_still_read(tmp_path: Path) -> None:
    """What git's autocrlf does to the receipt does not damage it."""
    text = receipt.updated(None, {ENTRY: {}}, FILES)
    write(tmp_path, text.replace("\n", "\r\n"))
    assert receipt.updated(receipt.load(tmp_path), {ENTRY: {}}, FILES) == text


def test_answers_name_no_path_of_this_machine(tmp_path: Path) -> None:
    """The receipt of one clone is the receipt of every clone."""
    package = Package(PurePosixPath("src/shop"), "shop", PurePosixPath("src"))
    options = StoreOptions(tmp_path, package, "sqlite", "SqliteStore", owner=("user", "id"))
    answers = receipt.answers(options)
    assert answers["owner"] == "user.id"
    assert answers["package"] == {"folder": "src/shop", "import_name": "shop", "import_root": "src"}
    assert str(tmp_path) not in receipt.updated(None, {ENTRY: answers}, FILES)
    fields = {name for name in StoreOptions.__slots__ if name != "project"}
    assert set(answers) == fields, "every answer is kept"


def damaged() -> dict[str, str]:
    """Return receipts that nobody can use, by what happened to them."""
    good = receipt.updated(None, {ENTRY: {}}, FILES)
    other = receipt.updated(None, {ENTRY: {}}, {STORE: "other", CONFIG: ""})
    data = as_json(good)
    data["files"][str(STORE)]["text"] = as_json(other)["files"][str(STORE)]["text"]
    bomb = as_json(good)
    bomb["files"][str(STORE)] = {
        "sha256": disk.digest(bytes(1 << 25)),
        "text": b64encode(zlib.compress(bytes(1 << 25))).decode(),
    }
    return {
        "empty": "",
        "cut": good[: len(good) // 2],
        "merge conflict": f"<<<<<<< ours\n{good}=======\n{good}>>>>>>> theirs\n",
        "a list": "[]",
        "a number": "1",
        "somebody else's": '{"name": "shop"}',
        "no files": '{"format": 1, "template": "0.1.0", "answers": {}, "files": 3}',
        "answers of another form": good.replace('"answers": {', '"answers": {"x": 1, '),
        "not base64": good.replace('"text": "', '"text": "!'),
        "not zlib": good.replace('"text": "e', '"text": "f'),
        "another text": json.dumps(data),
        "a bomb": json.dumps(bomb),
        "endless nesting": "[" * 100_000,
    }


@pytest.mark.parametrize("what", damaged())
def test_a_damaged_receipt_is_one_clear_line(what: str, tmp_path: Path) -> None:
    """Nothing but a usage error leaves the room, with what to do in one line."""
    write(tmp_path, damaged()[what])
    with pytest.raises(UsageError, match="restore it from version control") as caught:
        receipt.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_receipt_in_no_encoding_of_text_is_damaged(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are answered like any other damage."""
    (tmp_path / receipt.PATH).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="damaged"):
        receipt.load(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"), [("template", "99.0.0"), ("template", "0.1.1"), ("format", 2)]
)
def test_a_newer_receipt_asks_for_an_upgrade(field: str, value: object, tmp_path: Path) -> None:
    """An old chatkit-forge does not write over what a newer one keeps."""
    data = as_json(receipt.updated(None, {ENTRY: {}}, FILES))
    write(tmp_path, json.dumps({**data, field: value}))
    with pytest.raises(UsageError, match="upgrade chatkit-forge"):
        receipt.load(tmp_path)


@pytest.mark.parametrize("version", ["0.0.9", "0.1", __version__])
def test_an_older_receipt_is_read(version: str, tmp_path: Path) -> None:
    """The next run with a newer chatkit-forge takes the receipt over."""
    data = as_json(receipt.updated(None, {ENTRY: {}}, FILES))
    write(tmp_path, json.dumps({**data, "template": version}))
    found = receipt.load(tmp_path)
    assert found is not None
    assert as_json(receipt.updated(found, {ENTRY: {}}, FILES))["template"] == __version__


def test_a_folder_of_the_receipts_name_is_refused(tmp_path: Path) -> None:
    """What cannot be read is one line too."""
    (tmp_path / receipt.PATH).mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        receipt.load(tmp_path)
