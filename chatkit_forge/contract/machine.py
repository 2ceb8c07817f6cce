"""Random operations of two owners, played on the store and on a simple model side by side."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Final, cast

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadMetadata
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from .harness import TEST_TIMEOUT, Harness, TContext
from .model import Model
from .samples import NOON, attachment, message, seconds

# Few ids and few instants, so that collisions and ties are the rule. Case tells ids apart.
OWNERS: Final = st.sampled_from(["alice", "bob"])
THREADS: Final = st.sampled_from(["t", "T", "u"])
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

    def compare(self, actual: Awaitable[object], expected: Callable[[], object]) -> None:
        """Check that the store answers, or refuses, as the model does."""
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

    @rule(owner=OWNERS, thread_id=THREADS, at=INSTANTS, title=TEXTS)
    def save_thread(self, owner: str, thread_id: str, at: datetime, title: str) -> None:
        """Insert or update a thread."""
        thread = ThreadMetadata(id=thread_id, created_at=at, title=title)
        self.compare(
            self.store.save_thread(thread, self.contexts[owner]),
            lambda: self.models[owner].save_thread(thread),
        )

    @rule(owner=OWNERS, thread_id=THREADS, item_id=ITEMS, at=INSTANTS, text=TEXTS, method=WRITERS)
    def write_item(
        self, owner: str, thread_id: str, *, item_id: str, at: datetime, text: str, method: str
    ) -> None:
        """Insert or update an item, also of a thread that may not exist."""
        item = message(item_id, thread_id, at, text)
        self.compare(
            getattr(self.store, method)(thread_id, item, self.contexts[owner]),
            lambda: self.models[owner].write_item(thread_id, item),
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
        """Load a page of items, by any cursor."""
        self.compare(
            self.store.load_thread_items(thread_id, after, limit, order, self.contexts[owner]),
            lambda: self.models[owner].shelf(thread_id).page(after, limit, order),
        )

    @rule(owner=OWNERS, after=st.none() | THREADS, limit=SIZES, order=ORDERS)
    def load_threads(self, owner: str, after: str | None, limit: int, order: str) -> None:
        """Load a page of threads, by any cursor."""
        self.compare(
            self.store.load_threads(limit, after, order, self.contexts[owner]),
            lambda: self.models[owner].threads.page(after, limit, order),
        )

    @rule(owner=OWNERS, thread_id=THREADS, item_id=ITEMS)
    def load_one_of_each(self, owner: str, thread_id: str, item_id: str) -> None:
        """Load a thread, an item and an attachment by their ids."""
        context, model = self.contexts[owner], self.models[owner]
        self.compare(
            self.store.load_thread(thread_id, context), lambda: model.threads.get(thread_id)
        )
        self.compare(
            self.store.load_item(thread_id, item_id, context),
            lambda: model.shelf(thread_id).get(item_id),
        )
        self.compare(
            self.store.load_attachment(item_id, context), lambda: model.load_attachment(item_id)
        )

    @rule(owner=OWNERS, thread_id=THREADS, item_id=ITEMS)
    def delete_item(self, owner: str, thread_id: str, item_id: str) -> None:
        """Delete an item that may not exist."""
        self.compare(
            self.store.delete_thread_item(thread_id, item_id, self.contexts[owner]),
            lambda: self.models[owner].shelf(thread_id).rows.pop(item_id, None) and None,
        )

    @rule(owner=OWNERS, attachment_id=ITEMS)
    def delete_attachment(self, owner: str, attachment_id: str) -> None:
        """Delete a record that may not exist."""
        self.compare(
            self.store.delete_attachment(attachment_id, self.contexts[owner]),
            lambda: self.models[owner].attachments.pop(attachment_id, None) and None,
        )

    @rule(owner=OWNERS, thread_id=THREADS)
    def delete_thread(self, owner: str, thread_id: str) -> None:
        """Delete a thread with all that belongs to it."""
        model = self.models[owner]
        if thread_id not in model.threads.rows:
            # Whether records that name a missing thread go is not laid down: make it exist.
            self.save_thread(owner=owner, thread_id=thread_id, at=NOON, title="")
        self.compare(
            self.store.delete_thread(thread_id, self.contexts[owner]),
            lambda: model.delete_thread(thread_id),
        )

    def teardown(self) -> None:
        """Compare all that is left."""
        for owner, model in self.models.items():
            for order in ("asc", "desc"):
                self.load_threads(owner=owner, after=None, limit=100, order=order)
                for thread_id in model.threads.rows:
                    self.load_items(
                        owner=owner, thread_id=thread_id, after=None, limit=100, order=order
                    )


async def answered(operation: Awaitable[object]) -> object:
    """Return what the operation returns, in reasonable time."""
    async with asyncio.timeout(TEST_TIMEOUT):
        return await operation


class RandomPlay(Harness[TContext]):
    """Hold that no sequence of operations tells the store from the model."""

    #: How many sequences of up to 40 operations are played.
    random_examples: ClassVar[int] = 30

    def test_random_operations(self) -> None:
        """Play random operations of two owners with few ids and few instants."""
        with asyncio.Runner() as runner:
            opened = self.open_store()
            store = runner.run(opened.__aenter__())
            try:
                run_state_machine_as_test(
                    cast("Any", lambda: Play(runner, store, self.make_context)),
                    settings=settings(
                        max_examples=self.random_examples,
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
