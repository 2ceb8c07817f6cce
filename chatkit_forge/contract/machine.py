"""Random operations of two owners, played on the store and on a simple model side by side."""

import asyncio
import functools
import os
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Final, cast

import pytest
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from .harness import TEST_TIMEOUT, Harness, TContext
from .model import Model
from .samples import NOON, attachment, message, seconds

# Few ids and few instants, so that collisions and ties are the rule. Case tells ids apart.
OWNERS: Final = st.sampled_from(["alice", "bob"])
THREADS: Final = st.sampled_from(["t", "t", "T"])
ITEMS: Final = st.sampled_from(["a", "A", "b", "c"])
INSTANTS: Final = st.sampled_from(
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=9))),
        NOON + timedelta(microseconds=1),
        seconds(-3600),
    ]
)
ORDERS: Final = st.sampled_from(["asc", "desc"])
SIZES: Final = st.sampled_from([1, 2, 3, 100])
TEXTS: Final = st.text(max_size=5)
WRITES: Final = st.lists(st.tuples(ITEMS, INSTANTS, TEXTS), min_size=1, max_size=5)
KINDS: Final = st.sampled_from(["item", "item", "attachment", "thread"])
WRITERS: Final = st.sampled_from(["add_thread_item", "save_item"])


class Play(RuleBasedStateMachine):
    """Do everything twice, to the store and to the model, and compare the answers."""

    def __init__(
        self, runner: asyncio.Runner, store: Store[Any], make_context: Callable[[str], Any]
    ) -> None:
        super().__init__()
        self.runner = runner
        self.store = store
        self.models = {"alice": Model(), "bob": Model()}
        # New owners for each run: what earlier runs stored is out of reach.
        self.contexts = {name: make_context(f"{name}-{uuid.uuid4().hex}") for name in self.models}

    def compare(self, actual: Awaitable[object], expected: Callable[[], object]) -> object:
        """Check that the store answers, or refuses, as the model does; return the answer."""
        answer: object
        try:
            answer = expected()
        except NotFoundError as error:
            answer = error
        real: object
        try:
            real = self.runner.run(answered(actual))
        except NotFoundError as error:
            real = error
        if isinstance(answer, NotFoundError):
            assert isinstance(real, NotFoundError), f"expected {answer!r}, got {real!r}"
            assert str(real) == str(answer)
        else:
            assert real == answer
        return answer

    def follow(
        self,
        after: str | None,
        load: Callable[[str | None], Awaitable[object]],
        expect: Callable[[str | None], Page[Any]],
    ) -> None:
        """Compare pages up to the last one."""
        while True:
            page = self.compare(load(after), functools.partial(expect, after))
            if not isinstance(page, Page) or not page.has_more:
                return
            after = page.after

    @initialize(items=WRITES)
    def begin(self, items: list[tuple[str, datetime, str]]) -> None:
        """Give both owners the same thread and items: too much of play would be about nothing."""
        for owner in self.models:
            self.save_thread(owner=owner, thread_id="t", at=NOON, title=owner)
            self.write_items(owner=owner, thread_id="t", items=items, method="add_thread_item")

    @rule(owner=OWNERS, thread_id=THREADS, at=INSTANTS, title=TEXTS)
    def save_thread(self, owner: str, thread_id: str, at: datetime, title: str) -> None:
        """Insert or update a thread."""
        thread = ThreadMetadata(
            id=thread_id, created_at=at, title=title, metadata={"by": [owner, title]}
        )
        self.compare(
            self.store.save_thread(thread, self.contexts[owner]),
            lambda: self.models[owner].save_thread(thread),
        )

    @rule(owner=OWNERS, thread_id=THREADS, items=WRITES, method=WRITERS)
    def write_items(
        self, owner: str, thread_id: str, items: list[tuple[str, datetime, str]], method: str
    ) -> None:
        """Insert or update some items, also of a thread that may not exist."""
        for item_id, at, text in items:
            item = message(item_id, thread_id, at, text)
            self.compare(
                getattr(self.store, method)(thread_id, item, self.contexts[owner]),
                functools.partial(self.models[owner].write_item, thread_id, item),
            )

    @rule(owner=OWNERS, attachment_id=ITEMS, thread_id=st.none() | THREADS, name=TEXTS)
    def save_attachment(
        self, owner: str, attachment_id: str, thread_id: str | None, name: str
    ) -> None:
        """Insert or update a record, of any thread or none."""
        record = attachment(attachment_id, thread_id, name=name)
        self.compare(
            self.store.save_attachment(record, self.contexts[owner]),
            lambda: self.models[owner].attachments.update({record.id: record}),
        )

    @rule(owner=OWNERS, thread_id=THREADS, after=st.none() | ITEMS, limit=SIZES, order=ORDERS)
    def load_items(
        self, owner: str, thread_id: str, after: str | None, limit: int, order: str
    ) -> None:
        """Load pages of items from any cursor on."""
        shelf, context = self.models[owner].shelf(thread_id), self.contexts[owner]
        self.follow(
            after,
            lambda at: self.store.load_thread_items(thread_id, at, limit, order, context),
            lambda at: shelf.page(at, limit, order),
        )

    @rule(owner=OWNERS, after=st.none() | THREADS, limit=SIZES, order=ORDERS)
    def load_threads(self, owner: str, after: str | None, limit: int, order: str) -> None:
        """Load pages of threads from any cursor on."""
        shelf, context = self.models[owner].threads, self.contexts[owner]
        self.follow(
            after,
            lambda at: self.store.load_threads(limit, at, order, context),
            lambda at: shelf.page(at, limit, order),
        )

    @rule(owner=OWNERS, thread_id=THREADS, item_id=ITEMS)
    def load_one_of_each(self, owner: str, thread_id: str, item_id: str) -> None:
        """Load a thread, an item and an attachment by their ids."""
        store, context, model = self.store, self.contexts[owner], self.models[owner]
        self.compare(store.load_thread(thread_id, context), lambda: model.threads.get(thread_id))
        self.compare(
            store.load_item(thread_id, item_id, context),
            lambda: model.shelf(thread_id).get(item_id),
        )
        self.compare(
            store.load_attachment(item_id, context), lambda: model.load_attachment(item_id)
        )

    @rule(kind=KINDS, owner=OWNERS, thread_id=THREADS, item_id=ITEMS)
    def delete(self, kind: str, owner: str, thread_id: str, item_id: str) -> None:
        """Delete something that may not exist."""
        store, context, model = self.store, self.contexts[owner], self.models[owner]
        if kind == "item":
            self.compare(
                store.delete_thread_item(thread_id, item_id, context),
                lambda: model.shelf(thread_id).drop(item_id),
            )
        elif kind == "attachment":
            self.compare(
                store.delete_attachment(item_id, context), lambda: model.delete_attachment(item_id)
            )
        # Whether records that name a missing thread go with it is not laid down.
        elif thread_id in model.threads.rows:
            self.compare(
                store.delete_thread(thread_id, context), lambda: model.delete_thread(thread_id)
            )
            self.load_one_of_each(owner=owner, thread_id=thread_id, item_id=item_id)

    def teardown(self) -> None:
        """Compare all that is left."""
        for owner, model in self.models.items():
            for order in ("asc", "desc"):
                self.load_threads(owner=owner, after=None, limit=100, order=order)
                for thread_id in ("t", "T"):
                    self.load_items(
                        owner=owner, thread_id=thread_id, after=None, limit=100, order=order
                    )
            for attachment_id in list(model.attachments):
                self.load_one_of_each(owner=owner, thread_id="t", item_id=attachment_id)


async def answered(operation: Awaitable[object]) -> object:
    """Return what the operation returns, in reasonable time."""
    async with asyncio.timeout(TEST_TIMEOUT):
        return await operation


class RandomPlay(Harness[TContext]):
    """Hold that no sequence of operations tells the store from the model."""

    #: How many sequences of up to 40 operations are played; `--chatkit-examples` counts before it.
    random_examples: ClassVar[int] = 30

    def test_random_operations(self, pytestconfig: pytest.Config) -> None:
        """Play random operations of two owners with few ids and few instants."""
        asked: int | None = pytestconfig.getoption("--chatkit-examples", default=None)
        with asyncio.Runner() as runner:
            opened = self.open_store()
            store = runner.run(opened.__aenter__())
            try:
                run_state_machine_as_test(
                    cast("Any", lambda: Play(runner, store, self.make_context)),
                    settings=settings(
                        max_examples=asked or self.random_examples,
                        stateful_step_count=40,
                        deadline=None,
                        derandomize=settings().derandomize or bool(os.environ.get("CI")),
                        database=None,
                        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
                    ),
                )
            finally:
                runner.run(opened.__aexit__(None, None, None))

    cast("Any", test_random_operations).chatkit_contract = True
