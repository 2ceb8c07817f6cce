"""One pass gives a file the user's names, wherever they stand."""

import pytest

from chatkit_forge.access import Access, Step
from chatkit_forge.errors import OurFault
from chatkit_forge.options import ContextType
from chatkit_forge.rename import Renames, rename

SHOP = Renames(
    classes={"SqliteStore": "ChatStore"},
    package="shop",
    context=ContextType("Ctx", "shop.ctx", generated=False),
    table_prefix="shop_",
)


def renamed(source: str, names: Renames = SHOP) -> str:
    """Return the source with the user's names."""
    return rename(source, names).code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '"""A SqliteStore, see app.stores.sqlite."""\n',
            '"""A ChatStore, see shop.stores.sqlite."""\n',
        ),
        ("# SqliteStore of RequestContext\n", "# ChatStore of Ctx\n"),
        ('x = f"SqliteStore({y})"\n', 'x = f"ChatStore({y})"\n'),
        ('x = "SqliteStores, application.stores"\n', 'x = "SqliteStores, application.stores"\n'),
        ('x = "DELETE FROM chatkit_items"\n', 'x = "DELETE FROM shop_items"\n'),
        ('import chatkit_forge\nprint(chatkit_forge, "chatkit_forge")\n', None),
        ("x.SqliteStore = f(SqliteStore=1)\n", None),
        ("class SqliteStore: ...\n", "class ChatStore: ...\n"),
        ("class TestSqliteStore: ...\n", "class TestChatStore: ...\n"),
        (
            "from app.stores.sqlite import SqliteStore as S\nprint(S)\n",
            "from shop.stores.sqlite import ChatStore as S\nprint(S)\n",
        ),
    ],
)
def test_names_are_replaced_as_whole_words(source: str, expected: str | None) -> None:
    """In code, docstrings, messages and comments, and never inside another word."""
    assert renamed(source) == (source if expected is None else expected)


def test_the_owners_path_replaces_the_default() -> None:
    """Only in `_owner`; the same words elsewhere are somebody else's."""
    source = (
        'def _owner(context):\n    owner = cast("object", context["user_id"])\n'
        'def other(context):\n    owner = cast("object", context["user_id"])\n'
    )
    names = Renames({}, "app", ContextType(), Access((Step("user", "attribute"),)))
    lines = renamed(source, names).splitlines()
    assert lines[1] == '    owner = cast("object", context.user)'
    assert lines[3] == '    owner = cast("object", context["user_id"])'


def test_an_owner_that_is_not_found_is_our_fault() -> None:
    """A template that reads it in another way would keep the default unnoticed."""
    with pytest.raises(OurFault, match="_owner"):
        renamed('def _owner(context):\n    return context["user_id"]\n')


def test_imports_follow_what_is_used() -> None:
    """Unused names go, names in quoted types stay, and what is needed comes once."""
    source = (
        "from typing import Any, Final, cast\n"
        "from b import (\n    Gone,\n    Kept,\n    Label,\n)\n"
        "import unused\n"
        'def f(a: "Kept", Gone: Final) -> RequestContext:\n'
        '    return cast("RequestContext", a.Gone(Label=1), Label)\n'
    )
    names = Renames({}, "app", ContextType("dict[str, Any]", None, generated=False))
    assert renamed(source, names) == (
        "from typing import Any, Final, cast\nfrom b import Kept, Label\n"
        'def f(a: "Kept", Gone: Final) -> dict[str, Any]:\n'
        '    return cast("dict[str, Any]", a.Gone(Label=1), Label)\n'
    )


def test_settings_are_replaced_by_expressions() -> None:
    """An expression brings the import it needs; `settings` goes when nothing reads it."""
    source = "from ..config import settings\nx = settings.pool_size\ny = settings.database_url\n"
    plain = Renames({}, "app", ContextType(), settings={"pool_size": "10"})
    assert renamed(source, plain) == source.replace("settings.pool_size", "10")
    both = {"pool_size": "10", "database_url": 'SecretStr("x")'}
    assert renamed(source, Renames({}, "app", ContextType(), settings=both)) == (
        'from pydantic import SecretStr\nx = 10\ny = SecretStr("x")\n'
    )
