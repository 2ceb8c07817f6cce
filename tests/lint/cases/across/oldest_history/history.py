"""What a server loads its history with."""

from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem


async def newest(
    store: Store[Any], thread_id: str, context: Any, order: str = "asc"
) -> list[ThreadItem]:
    """Load the items that fit."""
    page = await store.load_thread_items(thread_id, None, 30, order, context)  # CKF302
    return page.data
