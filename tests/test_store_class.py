"""`--store` is found in the project's source, with the context it is written for."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge.errors import UsageError
from chatkit_forge.options import ContextType, StoreClass
from chatkit_forge.store_class import find, parse
from chatkit_forge.templates import template_source

ROOTS = (PurePosixPath(), PurePosixPath("src"))
STORE = StoreClass("app.db.store", "MyStore")
HOME = "app/db/store.py"
IMPORT = "from chatkit.store import Store\n"
GENERIC = f"{IMPORT}from typing import Generic, TypeVar\nT = TypeVar('T')\n"
OURS = ContextType("RequestContext", "app.context", generated=False)
PLAIN = ContextType("dict[str, Any]", None, generated=False)


def write(project: Path, files: Mapping[str, str]) -> None:
    """Write modules into the project."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")


FOUND: dict[str, tuple[str, ContextType]] = {
    "relative": (
        f"{IMPORT}from ..context import RequestContext\nclass MyStore(Store[RequestContext]): ...",
        OURS,
    ),
    "absolute": (
        f"{IMPORT}from app.context import RequestContext\n"
        "class MyStore(Store[RequestContext]): ...",
        OURS,
    ),
    "quoted": (
        f"{IMPORT}from ..context import RequestContext\n"
        "class MyStore(Store['RequestContext']): ...",
        OURS,
    ),
    "sdk-module": (
        "from chatkit import store\nfrom .. import context\n"
        "class MyStore(store.Store[context.RequestContext]): ...",
        OURS,
    ),
    "sdk-by-its-name": (
        "import chatkit.store\nimport app.context\n"
        "class MyStore(chatkit.store.Store[app.context.RequestContext]): ...",
        OURS,
    ),
    "sdk-alias": (
        "import chatkit.store as ck\nfrom app import context as c\n"
        "class MyStore(ck.Store[c.RequestContext]): ...",
        OURS,
    ),
    "own-type": (
        f"{IMPORT}class Ctx: ...\nclass MyStore(Store[Ctx]): ...",
        ContextType("Ctx", "app.db.store", generated=False),
    ),
    "own-alias": (
        f"{IMPORT}Ctx = dict[str, object]\nclass MyStore(Store[Ctx]): ...",
        ContextType("Ctx", "app.db.store", generated=False),
    ),
    "renamed": (
        f"{IMPORT}from ..context import RequestContext as C\nclass MyStore(Store[C]): ...",
        OURS,
    ),
    "dict": (f"{IMPORT}from typing import Any\nclass MyStore(Store[dict[str,Any]]): ...", PLAIN),
    "a-mixin": (
        f"{IMPORT}class Extra: ...\nclass MyStore(Extra, Store[dict[str, Any]]): ...",
        PLAIN,
    ),
    "attachments-too": (
        "from chatkit.store import AttachmentStore, Store\n"
        "class MyStore(Store[dict[str, Any]], AttachmentStore[int]): ...",
        PLAIN,
    ),
    "inherited": (
        f"{IMPORT}class Base(Store[dict[str, Any]]): ...\nclass MyStore(Base): ...",
        PLAIN,
    ),
    "inherited-generic": (
        f"{GENERIC}class Base(Store[T], Generic[T]): ...\nclass MyStore(Base[dict[str, Any]]): ...",
        PLAIN,
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_context_is_read_however_it_is_written(case: str, tmp_path: Path) -> None:
    """What stands in `Store[...]` becomes a name that our files can import."""
    source, expected = FOUND[case]
    write(tmp_path, {HOME: source})
    found = find(tmp_path, STORE, ROOTS)
    assert found.context == expected
    assert found.root == PurePosixPath()


def test_a_store_below_src_and_behind_an_import_is_found(tmp_path: Path) -> None:
    """The package's `__init__.py` may be what names it, in any of the import roots."""
    write(
        tmp_path,
        {
            "src/shop/db/__init__.py": "from .real import MyStore",
            "src/shop/db/real.py": (
                f"{IMPORT}from ..ctx import Ctx\nclass MyStore(Store[Ctx]): ..."
            ),
        },
    )
    found = find(tmp_path, StoreClass("shop.db", "MyStore"), ROOTS)
    assert found.root == PurePosixPath("src")
    assert found.context == ContextType("Ctx", "shop.ctx", generated=False)


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        ("from .errors import StoreUnavailable", "app.db.errors"),
        ("from shop.errors import StoreUnavailable", "shop.errors"),
        ("from shop.others import StoreUnavailable", None),
        ("from library import StoreUnavailable", None),
        ("class StoreUnavailable(Exception): ...", None),
        ("", None),
    ],
)
def test_errors_like_ours_are_found_wherever_they_are(
    line: str, errors: str | None, tmp_path: Path
) -> None:
    """A server answers 503 to the very error that its store raises, not to one of that name."""
    ours = template_source("store/errors.py")
    write(tmp_path, {HOME: f"{IMPORT}{line}\nclass MyStore(Store[dict[str, Any]]): ..."})
    write(tmp_path, {"app/db/errors.py": ours, "shop/errors.py": ours})
    write(tmp_path, {"shop/others.py": "class StoreUnavailable(Exception): ...\n"})
    assert find(tmp_path, STORE, ROOTS).errors == errors


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no-module": ({}, r"there is no app/db/store\.py in this project"),
    "no-python": ({HOME: "class"}, r"app/db/store\.py cannot be read"),
    "no-class": ({HOME: "class Other: ..."}, r"has no class MyStore \(it has Other\)"),
    "empty": ({HOME: ""}, "it has no class at all"),
    "no-store": ({HOME: "class MyStore: ..."}, "is no ChatKit store"),
    "another-store": (
        {HOME: "from shop import Store\nclass MyStore(Store[int]): ..."},
        "is no ChatKit store",
    ),
    "attachments-only": (
        {HOME: IMPORT.replace("S", "AttachmentS") + "class MyStore(AttachmentStore[int]): ..."},
        "is no ChatKit store",
    ),
    "bare": ({HOME: f"{IMPORT}class MyStore(Store): ..."}, "derives from a bare Store"),
    "two": (
        {HOME: f"{IMPORT}class A: ...\nclass B(Store[A]): ...\nclass MyStore(B, Store[int]): ..."},
        r"derives from Store\[A\] and Store\[int\]",
    ),
    "quoted-nonsense": (
        {HOME: f"{IMPORT}class MyStore(Store['a b']): ..."},
        "context 'a b' cannot be imported",
    ),
    "open": ({HOME: f"{GENERIC}class MyStore(Store[T]): ..."}, "context T cannot be imported"),
    "a-dict-of-its-own": (
        {HOME: f"{IMPORT}class MyStore(Store[dict[str, int]]): ..."},
        r"context dict\[str, int\] cannot be imported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_store_is_one_clear_line(case: str, tmp_path: Path) -> None:
    """The line says what is wrong with the class that was named."""
    files, words = REFUSED[case]
    write(tmp_path, files)
    with pytest.raises(UsageError, match=words) as caught:
        find(tmp_path, STORE, ROOTS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "asked", ["", "app", "app:", ":Store", "app.:S", "a b:S", "app:S:T", "1:S"]
)
def test_a_name_that_is_no_class_is_refused(asked: str) -> None:
    """The form is told with an example."""
    with pytest.raises(UsageError, match=r"package\.module:Class, as in"):
        parse(asked)


def test_a_base_that_derives_from_itself_ends(tmp_path: Path) -> None:
    """Source that Python would refuse does not send us round in circles."""
    write(tmp_path, {HOME: f"{IMPORT}class A(MyStore): ...\nclass MyStore(A): ..."})
    with pytest.raises(UsageError, match="is no ChatKit store"):
        find(tmp_path, STORE, ROOTS)
