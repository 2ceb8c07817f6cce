"""PostgresStore behind PgBouncer in transaction mode: each transaction on another connection."""

from typing import Any

import pytest
from chatkit.store import Store

from chatkit_forge.contract import StoreContract

from ..contract.ours import OurVerdicts
from ..servers.urls import url
from ..staged import store_module
from .postgres import connect

Context = dict[str, Any]
PREFIX = "pooled_"


@pytest.mark.server
@pytest.mark.needs("pgbouncer")
class TestTransactionPooler(OurVerdicts[Context], StoreContract[Context]):
    """Hold the store to the whole contract without prepared statements, as such poolers ask for."""

    def make_store(self) -> Store[Context]:
        """Return a store that connects through the pooler."""
        pooled = f"{url('pgbouncer')}?statement_cache_size=0"
        return store_module("postgres").PostgresStore(pooled, table_prefix=PREFIX)

    def make_context(self, owner: str) -> Context:
        """Return the context of a request by this owner."""
        return {"user_id": owner}

    async def write_raw_item(
        self, store: Store[Context], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Replace the stored text through a connection of our own, past the pooler."""
        connection = await connect()
        try:
            await connection.execute(
                f"UPDATE {PREFIX}items SET data = $1"
                " WHERE owner = $2 AND thread_id = $3 AND id = $4",
                *(text, owner, thread_id, item_id),
            )
        finally:
            await connection.close()
