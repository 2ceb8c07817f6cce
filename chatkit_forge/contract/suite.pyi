# What a project's own tests see of the suite. Without this a type checker would read all of the
# suite and hypothesis for them: a quarter of the files that it reads for a store.

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final, Generic

import pytest
from chatkit.store import Store

from .scene import Scene, TContext

NEEDS_RAW_WRITES: Final[tuple[str, ...]]
NEEDS_DATABASE: Final[tuple[str, ...]]

class StoreContract(Generic[TContext]):
    pytestmark: ClassVar[list[pytest.MarkDecorator]]
    not_collected: ClassVar[tuple[str, ...]]
    max_page_size: ClassVar[int]
    persistent: ClassVar[bool]
    def __init_subclass__(cls, **options: Any) -> None: ...
    def make_store(self) -> Store[TContext]: ...
    def make_context(self, owner: str) -> TContext: ...
    async def write_raw_item(
        self, store: Store[TContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None: ...
    @asynccontextmanager
    def open_store(self) -> AsyncIterator[Store[TContext]]: ...
    @asynccontextmanager
    def open_scene(self) -> AsyncIterator[Scene[TContext]]: ...
