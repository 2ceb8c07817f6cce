"""The contract suite over every variant: run by test_catches_broken_stores.py, made to fail."""

from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from chatkit.store import Store
from hypothesis import Phase, settings

from chatkit_forge.contract import StoreContract
from tests.staged import store_module

from .sound import Context, Sound
from .variants import VARIANTS

MEMORY: Any = store_module("memory")
SQLITE: Any = store_module("sqlite")

# Shrinking a failure takes many times as long as finding it, and nobody reads these.
settings.register_profile(
    "find", phases=(Phase.generate,), report_multiple_bugs=False, derandomize=True
)
settings.load_profile("find")


class BrokenStore(StoreContract[Context]):
    """Say what the variants have in common."""

    persistent: ClassVar[bool] = False
    random_examples: ClassVar[int] = 12
    fault: ClassVar[type[Sound]]

    def make_context(self, owner: str) -> Context:
        """Return the context of a request by this owner."""
        return {"user_id": owner}


class BrokenFile(BrokenStore):
    """Put a variant's fault into a store on a file."""

    persistent: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "chatkit.db"

    def make_store(self) -> Store[Context]:
        """Return a store with the fault, on the test's file."""
        return self.fault(SQLITE.SqliteStore(f"sqlite:///{self.path}"))


class BrokenMemory(BrokenStore):
    """Put a variant's fault into a store in memory: nothing is faster."""

    def make_store(self) -> Store[Context]:
        """Return an empty store with the fault."""
        return self.fault(MEMORY.MemoryStore())

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text."""
        rows = cast("Any", store).sound._owners[owner].items[thread_id]
        vars(rows)["_texts"][item_id] = text


for variant in VARIANTS:
    base = BrokenMemory if variant.backend == "memory" else BrokenFile
    name = f"Test{variant.store.__name__}"
    globals()[name] = type(name, (base,), {"fault": variant.store})
