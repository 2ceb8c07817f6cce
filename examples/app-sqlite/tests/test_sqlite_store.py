"""Hold SqliteStore to the ChatKit contract, on a database file of its own."""

from pathlib import Path

import aiosqlite
import pytest
from chatkit.store import Store

from app.context import RequestContext
from app.stores.sqlite import SqliteStore

try:
    from chatkit_forge.contract import StoreContract
except ImportError:
    pytest.fail("The contract suite is missing: pip install chatkit-forge", pytrace=False)


class TestSqliteStore(StoreContract[RequestContext]):
    """Run every test of the contract against the store in this project."""

    @pytest.fixture(autouse=True)
    def _database(self, tmp_path: Path) -> None:
        self.path = tmp_path / "chatkit.db"

    def make_store(self) -> SqliteStore:
        """Return a new store; the suite connects and closes it."""
        return SqliteStore(f"sqlite:///{self.path}", max_page_size=self.max_page_size)

    def make_context(self, owner: str) -> RequestContext:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[RequestContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text of an item, as a later version of chatkit might write it."""
        async with aiosqlite.connect(self.path) as connection:
            await connection.execute(
                "UPDATE chatkit_items SET data = ? WHERE owner = ? AND thread_id = ? AND id = ?",
                (text, owner, thread_id, item_id),
            )
            await connection.commit()
