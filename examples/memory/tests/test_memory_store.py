"""Hold MemoryStore to the ChatKit contract."""

from typing import ClassVar

import pytest
from chatkit.store import Store

from app.context import RequestContext
from app.stores.memory import MemoryStore

try:
    from chatkit_forge.contract import StoreContract
except ImportError:
    pytest.fail("The contract suite is missing: pip install chatkit-forge", pytrace=False)


class TestMemoryStore(StoreContract[RequestContext]):
    """Run every test of the contract against the store in this project."""

    persistent: ClassVar[bool] = False

    def make_store(self) -> MemoryStore:
        """Return a new store; the suite connects and closes it."""
        return MemoryStore(max_page_size=self.max_page_size)

    def make_context(self, owner: str) -> RequestContext:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[RequestContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text of an item, as a later version of chatkit might write it."""
        # There is no other way in: the store's data is its own.
        items = vars(store)["_owners"][owner].items[thread_id]
        vars(items)["_texts"][item_id] = text
