"""What the installed SDK promises is read right, without importing it."""

import subprocess
import sys

from chatkit_forge import sdk


def test_abstract_methods_of_the_store_are_the_sdks_own() -> None:
    """Compare with what Python itself says of the imported class."""
    from chatkit.store import AttachmentStore, Store  # noqa: PLC0415  the test alone imports it

    for base, imported in (("Store", Store), ("AttachmentStore", AttachmentStore)):
        found = sdk.methods(f"chatkit.store.{base}").values()
        abstract: frozenset[str] = imported.__abstractmethods__
        assert {method.name for method in found if method.is_abstract} == abstract


def test_signatures_keep_names_order_and_kind() -> None:
    """A coroutine, a plain method and an async iterator are told apart."""
    store = sdk.methods("chatkit.store.Store")
    page = store["load_thread_items"]
    assert page.parameters == ("thread_id", "after", "limit", "order", "context")
    assert page.is_async
    assert not store["generate_thread_id"].is_async
    respond = sdk.methods("chatkit.server.ChatKitServer")["respond"]
    assert respond.is_abstract
    assert respond.returns.startswith("AsyncIterator")


def test_closed_fields_hold_the_strings_pydantic_accepts() -> None:
    """Literals are found directly, inherited, through aliases, and as a union of models."""
    types = sdk.models("types")
    assert types["UserMessageTextContent"].literals["type"] == {"input_text"}
    assert types["ClientToolCallItem"].literals["status"] == {"pending", "completed"}
    assert types["ItemFeedbackParams"].literals["kind"] == {"positive", "negative"}
    assert types["Thread"].literals["status"] == frozenset()
    assert types["CustomTask"].literals["status_indicator"] == {"none", "loading", "complete"}


def test_open_fields_are_left_alone() -> None:
    """A field that takes any string, or an enum beside a literal, is no closed set."""
    types = sdk.models("types")
    assert "text" not in types["UserMessageTextContent"].literals
    assert "code" not in types["ErrorEvent"].literals
    assert "title" not in types["ThreadMetadata"].literals


def test_reading_does_not_import_the_sdk() -> None:
    """Importing chatkit.server takes 1.5 s, reading its source a hundredth of that."""
    program = (
        "import sys; from chatkit_forge import sdk; sdk.models('types');"
        "sdk.methods('chatkit.server.ChatKitServer'); sys.exit('chatkit' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
