"""Applications on request contexts that somebody wrote by hand: each starts and answers."""

from pathlib import Path

import pytest

from chatkit_forge import context
from chatkit_forge.config_facts import ConfigFacts
from chatkit_forge.options import AppOptions, ContextType, ServerOptions, StoreClass, StoreOptions
from chatkit_forge.plan import plan
from chatkit_forge.render import render
from chatkit_forge.templates import template_names
from tests.rendering import APP
from tests.test_new import lay_out

from .application import database, serving
from .protocol import call, message, stream

VISITS = {
    "dataclass": (
        "uid",
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True, slots=True)\nclass Visit:\n    uid: str\n    tenant: str = ''\n",
    ),
    "typed-dict": (
        "user.id",
        "from typing_extensions import NotRequired, TypedDict\n"
        "class User(TypedDict):\n    id: str\n"
        "class Visit(TypedDict):\n    user: User\n    tenant: NotRequired[str]\n",
    ),
    "nested-models": (
        "account.id",
        "from pydantic import BaseModel\n"
        "class Account(BaseModel):\n    id: str\n"
        "class Visit(BaseModel):\n    account: Account\n",
    ),
}


def generated(folder: Path, owner: str, source: str) -> None:
    """Write a project on a context of that source, which has its owner there."""
    lay_out(folder, {"shop/__init__.py": "", "shop/visit.py": source})
    visit, path = ContextType("Visit", "shop.visit", generated=False), tuple(owner.split("."))
    asked = AppOptions(
        "demo",
        StoreOptions(folder, APP, "sqlite", "SqliteStore", visit, path, tests=False),
        ServerOptions(
            folder,
            APP,
            StoreClass("app.stores.sqlite", "SqliteStore"),
            context=visit,
            owner=path,
            page_in_context=False,
            tests=False,
        ),
    )
    planned = plan(asked, frozenset(), template_names())
    access = context.resolve(asked, planned)
    texts = render(planned, asked, ConfigFacts(), access).texts
    lay_out(folder, {str(path): text for path, text in texts.items()})


@pytest.mark.parametrize("kind", VISITS)
def test_it_starts_answers_and_keeps_users_apart(kind: str, tmp_path: Path) -> None:
    """The context is made for each visitor: one's thread is not there for another."""
    generated(tmp_path, *VISITS[kind])
    with serving(tmp_path, database("sqlite"), ["app"]) as app, app.client() as alice:
        events = stream(alice, "threads.create", {"input": message("Hello")})
        thread = events[0]["thread"]["id"]
        items = call(alice, "items.list", {"thread_id": thread})["data"]
        assert {item["type"] for item in items} >= {"user_message", "assistant_message"}
        with app.client() as bob:
            assert call(bob, "threads.list", {})["data"] == []
        assert [one["id"] for one in call(alice, "threads.list", {})["data"]] == [thread]
