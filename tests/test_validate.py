"""Names that cannot work are refused before anything else is done."""

import pytest

from chatkit_forge import validate
from chatkit_forge.errors import UsageError
from chatkit_forge.options import ContextType

TEMPLATE = """
import asyncio
from chatkit.store import Page, Store as Base
from ..context import RequestContext
LIMIT = 3
class SqliteStore(Base):
    def load(self, limit: int) -> Page: ...
def _helper(): ...
"""

BAD_CLASSES = ["1Store", "My-Store", "", "My Store", "a\nb", "class", "None", "match", "_",
               "__Hidden", "list", "ValueError", "Page", "Base", "RequestContext", "LIMIT",
               "asyncio", "cast", "_helper", "limit", "ﬁStore", "\udcff"]  # fmt: skip


@pytest.mark.parametrize("name", BAD_CLASSES)
def test_class_name_that_cannot_stand_in_the_template_is_refused(name: str) -> None:
    """No keyword, builtin, or name that the store itself uses; the error is one line."""
    with pytest.raises(UsageError, match="--class-name") as caught:
        validate.class_name(name, [TEMPLATE], "SqliteStore")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["SqliteStore", "ChatStore", "Store", "Größe"])
def test_class_name_that_is_free_is_taken(name: str) -> None:
    """The template's own class name is free, and so is what it does not use."""
    assert validate.class_name(name, [TEMPLATE], "SqliteStore") == name


@pytest.mark.parametrize("prefix", ["", "Chat_", "1a", "a-b", "a b", "a;--", "a" * 32, "ä", "a\n"])
def test_table_prefix_that_is_no_plain_identifier_is_refused(prefix: str) -> None:
    """The prefix is formatted into SQL: nothing but a-z, 0-9 and _ may stand in it."""
    with pytest.raises(UsageError, match="--table-prefix"):
        validate.table_prefix(prefix, "postgres")


def test_table_prefix_that_sqlite_reserves_is_refused_there_only() -> None:
    """SQLite refuses tables called sqlite_*; other engines do not mind."""
    with pytest.raises(UsageError, match="SQLite"):
        validate.table_prefix("sqlite_chat_", "sqlite")
    assert validate.table_prefix("sqlite_chat_", "mysql") == "sqlite_chat_"


@pytest.mark.parametrize("path", ["", ".", "user.", ".id", "a..b", "a b", "a'b", "a\n", 'a"]'])
def test_owner_that_is_no_dotted_path_is_refused(path: str) -> None:
    """Every segment is a key or an attribute, none is empty."""
    with pytest.raises(UsageError, match="--owner"):
        validate.owner_path(path)


def test_owner_path_is_split_into_keys_and_attributes() -> None:
    """Keys may hold hyphens and colons, as claims of a token do."""
    assert validate.owner_path("user.x-id.cognito:sub") == ("user", "x-id", "cognito:sub")


@pytest.mark.parametrize(
    "asked", ["", "a", "a:", ":B", "a.b", "a..b:C", "a:b:C", "class:C", "a b:C"]
)
def test_context_that_names_no_type_is_refused(asked: str) -> None:
    """A context is package.module:Type or dict[str, Any]."""
    with pytest.raises(UsageError, match="--context"):
        validate.context_type(asked)


def test_context_is_a_type_of_a_module_or_a_plain_dict() -> None:
    """Both spellings of a user's own context are understood, blanks or not."""
    assert validate.context_type("a.b:C") == ContextType("C", "a.b", generated=False)
    plain = ContextType("dict[str, Any]", None, generated=False)
    assert validate.context_type("dict[str,Any]") == plain
    assert validate.context_type(None) == ContextType()


def test_driver_belongs_to_mongodb_alone() -> None:
    """The one backend with a choice takes both drivers; the others refuse any."""
    assert validate.driver("motor", "mongodb") == "motor"
    with pytest.raises(UsageError, match="not for sqlite"):
        validate.driver("motor", "sqlite")
    with pytest.raises(UsageError, match="unknown driver"):
        validate.driver("mongoengine", "mongodb")


@pytest.mark.parametrize("name", ["", "oracle", "Postgres", "sqlite "])
def test_unknown_backend_is_answered_with_the_list(name: str) -> None:
    """A typing mistake shows what there is."""
    with pytest.raises(UsageError, match="postgres, mysql, sqlite, mongodb, memory"):
        validate.backend(name)
