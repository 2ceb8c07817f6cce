"""Hold PostgresStore to the ChatKit contract, on the database that TEST_POSTGRES_URL names."""

import os
from typing import Any, cast

# asyncpg carries neither stubs nor a py.typed file.
import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import pytest
from chatkit.store import Store

from app.context import RequestContext
from app.stores.postgres import PostgresStore

try:
    from chatkit_forge.contract import StoreContract
except ImportError:
    pytest.fail("The contract suite is missing: pip install chatkit-forge", pytrace=False)


class TestPostgresStore(StoreContract[RequestContext]):
    """Run every test of the contract against the store in this project."""

    @pytest.fixture(autouse=True)
    def _database(self) -> None:
        # A variable of its own: the contract writes, and DATABASE_URL may be production's.
        self.url = os.environ.get("TEST_POSTGRES_URL", "")
        if not self.url:
            pytest.fail("Set TEST_POSTGRES_URL to a database for tests", pytrace=False)

    def make_store(self) -> PostgresStore:
        """Return a new store; the suite connects and closes it."""
        return PostgresStore(self.url, max_page_size=self.max_page_size)

    def make_context(self, owner: str) -> RequestContext:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[RequestContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text of an item, as a later version of chatkit might write it."""
        # Untyped like its module.
        connection = await cast("Any", asyncpg).connect(self.url)
        try:
            await connection.execute(
                "UPDATE chatkit_items SET data = $1"
                " WHERE owner = $2 AND thread_id = $3 AND id = $4",
                *(text, owner, thread_id, item_id),
            )
        finally:
            await connection.close()
