"""One pass gives a file the user's names, wherever they stand."""

import pytest

from chatkit_forge.access import Access, Step
from chatkit_forge.errors import OurFault
from chatkit_forge.options import ContextType, StoreClass
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
        ("x = 1  # SqliteStore\n\n# SqliteStore\n", "x = 1  # ChatStore\n\n# ChatStore\n"),
        (
            "f(a,  # SqliteStore\n b=  # SqliteStore\n 1)\n",
            "f(a,  # ChatStore\n b=  # ChatStore\n 1)\n",
        ),
        ("(a.  # SqliteStore\n b)\n", "(a.  # ChatStore\n b)\n"),
        (
            "f(a  # SqliteStore\n , b  # SqliteStore\n = 1)\n",
            "f(a  # ChatStore\n , b  # ChatStore\n = 1)\n",
        ),
        ("(a  # SqliteStore\n .b)\n", "(a  # ChatStore\n .b)\n"),
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


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("shop.stores.pg", "from .stores.sqlite import", "from .stores.pg import"),
        ("shop.db", "from ..stores.sqlite import", "from ..db import"),
        ("other.db", "from ..stores.sqlite import", "from other.db import"),
        ("shop.db", "from app.stores.sqlite import", "from shop.db import"),
    ],
)
def test_a_servers_store_is_imported_from_where_it_is(
    module: str, source: str, expected: str
) -> None:
    """By a relative path inside the package; the errors beside the default store stay."""
    names = Renames(
        {"SqliteStore": "PgStore"}, "shop", ContextType(), store=StoreClass(module, "PgStore")
    )
    errors = "from .stores.errors import StoreUnavailable\n"
    used = "print(SqliteStore, StoreUnavailable)\n"
    assert renamed(f"{errors}{source} SqliteStore\n{used}", names) == (
        f"{errors}{expected} PgStore\n{used.replace('Sqlite', 'Pg')}"
    )


def test_a_store_whose_name_is_taken_gets_another() -> None:
    """A class may be called Store, as the SDK's own is."""
    names = Renames(
        {"SqliteStore": "OwnStore"}, "shop", ContextType(), store=StoreClass("shop.db", "Store")
    )
    source = "from chatkit.store import Store\nfrom .stores.sqlite import SqliteStore\n"
    assert renamed(f"{source}x: Store[int] = SqliteStore()\n", names) == (
        "from chatkit.store import Store\nfrom .db import Store as OwnStore\n"
        "x: Store[int] = OwnStore()\n"
    )


def test_a_servers_errors_are_those_of_its_store() -> None:
    """Where the store takes them from another module, so does the server."""
    store = StoreClass("other.db", "PgStore")
    names = Renames({}, "shop", ContextType(), store=store, errors="other.errors")
    source = "from ..stores.errors import StoreUnavailable\nprint(StoreUnavailable)\n"
    assert renamed(source, names) == source.replace("..stores", "other")


def test_a_server_makes_contexts_of_the_users_type() -> None:
    """In `request_context` and nowhere else; the owner's text is read as that type has it."""
    source = (
        "from .context import RequestContext\n"
        "def request_context(user_id: str) -> RequestContext:\n"
        "    return RequestContext(user_id=user_id)\n"
        "def folder(context: RequestContext) -> str:\n"
        '    return context["user_id"]\n'
    )
    visitor = ContextType("Visitor", "shop.visitor", generated=False)
    access = Access((Step("user", "attribute"), Step("id", "attribute")), made="Visitor(user=u)")
    names = Renames({}, "shop", visitor, access, store=StoreClass("shop.db", "PgStore"))
    assert renamed(source, names) == (
        "from shop.visitor import Visitor\n"
        "def request_context(user_id: str) -> Visitor:\n"
        "    return Visitor(user=u)\n"
        "def folder(context: Visitor) -> str:\n"
        "    return context.user.id\n"
    )


def test_a_context_that_nothing_uses_is_not_imported() -> None:
    """The example in a test may be all that needed it."""
    visitor = ContextType("Visitor", "shop.visitor", generated=False)
    source = "from .context import RequestContext\nx = 1\n"
    assert renamed(source, Renames({}, "shop", visitor)) == "x = 1\n"


def test_commands_in_texts_name_the_users_package() -> None:
    """`python -m app` and `app.main:app` are the package's; a variable called app is not."""
    source = '# python -m app.ingest, python -m app, app.main:app, app.state, "app"\n'
    assert renamed(source) == (
        '# python -m shop.ingest, python -m shop, shop.main:app, app.state, "app"\n'
    )
