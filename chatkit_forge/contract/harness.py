"""What a user of the suite provides, and how a coroutine test runs under plain pytest."""

import asyncio
import functools
import inspect
import uuid
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, ClassVar, Concatenate, Final, Generic, ParamSpec, TypeVar, cast

import pytest
from chatkit.store import Store

from .scene import Scene

TContext = TypeVar("TContext")
THarness = TypeVar("THarness", bound="Harness[Any]")
Params = ParamSpec("Params")

# Seconds. A store that waits for ever must fail its test, not hang the run.
TEST_TIMEOUT: Final = 60.0


class Harness(Generic[TContext]):
    """Hold what a subclass tells about its store."""

    #: The most rows a page of this store may have.
    max_page_size: ClassVar[int] = 200
    #: Whether two stores made by `make_store` share their data, and I/O is behind every method.
    persistent: ClassVar[bool] = True

    def make_store(self) -> Store[TContext]:
        """Return a new store; called in the running event loop, opened by the suite."""
        raise NotImplementedError(f"{type(self).__name__} must define make_store()")

    def make_context(self, owner: str) -> TContext:
        """Return the context of a request by this owner."""
        raise NotImplementedError(f"{type(self).__name__} must define make_context()")

    async def write_raw_item(
        self, store: Store[TContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored JSON text of an item of this owner, as a later SDK might write it."""
        raise NotImplementedError(f"{type(self).__name__} must define write_raw_item()")

    @asynccontextmanager
    async def open_store(self) -> AsyncGenerator[Store[TContext], None]:
        """Lend a new store, entered with `async with` where it can be."""
        store = self.make_store()
        if hasattr(store, "__aenter__"):
            async with cast("AbstractAsyncContextManager[object]", store):
                yield store
        else:
            yield store

    @asynccontextmanager
    async def open_scene(
        self, store: Store[TContext] | None = None
    ) -> AsyncGenerator[Scene[TContext], None]:
        """Lend a store with two owners nobody used before: nothing needs cleaning up.

        It is a new one, open, unless one is given that is.
        """
        async with nullcontext(store) if store is not None else self.open_store() as opened:
            alice, bob = (f"{name}-{uuid.uuid4().hex}" for name in ("alice", "bob"))
            yield Scene(
                opened,
                alice=self.make_context(alice),
                bob=self.make_context(bob),
                alice_id=alice,
                max_page_size=self.max_page_size,
            )


def contract_test(
    test: Callable[Concatenate[THarness, Scene[TContext], Params], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[THarness, Params], None]:
    """Turn a coroutine test into a plain one that runs in an event loop of its own.

    pytest sees a synchronous function without the scene, so no asyncio plugin is needed and none
    interferes; fixtures and parameters are passed on.
    """

    @functools.wraps(test)
    def run(self: THarness, /, *args: Params.args, **kwargs: Params.kwargs) -> None:
        __tracebackhide__ = True

        async def play() -> None:
            __tracebackhide__ = True
            async with asyncio.timeout(TEST_TIMEOUT), self.open_scene() as scene:
                await test(self, scene, *args, **kwargs)

        with asyncio.Runner() as runner:
            runner.run(play())

    signature = inspect.signature(test)
    seen = [each for at, each in enumerate(signature.parameters.values()) if at != 1]
    shown = cast("Any", run)
    shown.__signature__ = signature.replace(parameters=seen)
    # A keyword of the report: how the plugin knows the suite's tests from others.
    shown.chatkit_contract = True
    return run


def contract_cases(
    names: str, cases: Collection[object]
) -> Callable[
    [Callable[Concatenate[THarness, Scene[Any], ...], Coroutine[Any, Any, None]]],
    Callable[[THarness], None],
]:
    """Do as `contract_test` does, with a test that takes each case in turn, and new owners in each.

    Parameters of pytest would be tests of their own, each of which connects to the database.
    `names` are the test's arguments, separated by commas. All cases that fail are told, unless all
    of them together take too long.
    """
    keys = names.split(",")

    def decorate(
        test: Callable[Concatenate[THarness, Scene[Any], ...], Coroutine[Any, Any, None]],
    ) -> Callable[[THarness], None]:
        async def play(self: THarness, scene: Scene[Any]) -> None:
            __tracebackhide__ = True
            failed: list[BaseException] = []
            for case in cases:
                given = dict(zip(keys, cast("Any", case if keys[1:] else (case,)), strict=True))
                # What a store keeps in the process is gone with it: so every case has its own.
                store = scene.store if self.persistent else None
                try:
                    async with self.open_scene(store) as own:
                        await test(self, own, **given)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told below
                    error.add_note(f"in the case {given}")
                    failed.append(error)
            if len(failed) == 1:
                raise failed[0]
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(cases)} cases fail", failed)

        # Told where it is written, but without the arguments that pytest would look for.
        functools.update_wrapper(play, test)
        self, scene, *_ = inspect.signature(test).parameters.values()
        cast("Any", play).__signature__ = inspect.Signature([self, scene])
        return contract_test(play)

    return decorate
