"""Hold MysqlStore to the ChatKit contract, on the database that TEST_MYSQL_URL names."""

import os
from typing import Any, cast

import pytest
from chatkit.store import Store

from app.context import RequestContext
from app.stores.mysql import MysqlStore

try:
    from chatkit_forge.contract import StoreContract
except ImportError:
    pytest.fail("The contract suite is missing: pip install chatkit-forge", pytrace=False)


class TestMysqlStore(StoreContract[RequestContext]):
    """Run every test of the contract against the store in this project."""

    @pytest.fixture(autouse=True)
    def _database(self) -> None:
        # A variable of its own: the contract writes, and DATABASE_URL may be production's.
        self.url = os.environ.get("TEST_MYSQL_URL", "")
        if not self.url:
            pytest.fail("Set TEST_MYSQL_URL to a database for tests", pytrace=False)

    def make_store(self) -> MysqlStore:
        """Return a new store; the suite connects and closes it."""
        return MysqlStore(self.url, max_page_size=self.max_page_size)

    def make_context(self, owner: str) -> RequestContext:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[RequestContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text of an item, as a later version of chatkit might write it."""
        # The store's own connection: it knows every option that the URL may have.
        await cast("Any", store)._write(
            "UPDATE {prefix}items SET data = %s WHERE owner = %s AND thread_id = %s AND id = %s",
            (text, owner, thread_id, item_id),
        )
