"""Hold MongodbStore to the ChatKit contract, on the replica set that TEST_MONGODB_URL names."""

import os

import pytest
from chatkit.store import Store
from pymongo import MongoClient

from app.context import RequestContext
from app.stores.mongodb import MongodbStore

try:
    from chatkit_forge.contract import StoreContract
except ImportError:
    pytest.fail("The contract suite is missing: pip install chatkit-forge", pytrace=False)


class TestMongodbStore(StoreContract[RequestContext]):
    """Run every test of the contract against the store in this project."""

    @pytest.fixture(autouse=True)
    def _database(self) -> None:
        # A variable of its own: the contract writes, and DATABASE_URL may be production's.
        self.url = os.environ.get("TEST_MONGODB_URL", "")
        if not self.url:
            pytest.fail("Set TEST_MONGODB_URL to a database for tests", pytrace=False)

    def make_store(self) -> MongodbStore:
        """Return a new store; the suite connects and closes it."""
        return MongodbStore(self.url, max_page_size=self.max_page_size)

    def make_context(self, owner: str) -> RequestContext:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[RequestContext], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text of an item, as a later version of chatkit might write it."""
        with MongoClient[dict[str, str]](self.url) as client:
            client.get_default_database("chatkit")["chatkit_items"].update_one(
                {"owner": owner, "thread_id": thread_id, "id": item_id}, {"$set": {"data": text}}
            )
