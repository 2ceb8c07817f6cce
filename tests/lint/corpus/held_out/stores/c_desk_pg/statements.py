"""SQL of the desk store. Ownership is enforced by the policies in `pool.py`."""

from typing import Final

GET_THREAD: Final = "SELECT body FROM desk_threads WHERE id = $1"
PUT_THREAD: Final = """
    INSERT INTO desk_threads (id, at, body) VALUES ($1, $2, $3)
    ON CONFLICT (customer_id, id) DO UPDATE SET at = excluded.at, body = excluded.body
"""
DROP_THREAD: Final = "DELETE FROM desk_threads WHERE id = $1"
THREAD_MARK: Final = "SELECT at, seq FROM desk_threads WHERE id = $1"
THREAD_PAGES: Final[dict[str, str]] = {
    "asc": """
        SELECT id, body FROM desk_threads
        WHERE $1::timestamptz IS NULL OR (at, seq) > ($1, $2::bigint)
        ORDER BY at ASC, seq ASC LIMIT $3
    """,
    "desc": """
        SELECT id, body FROM desk_threads
        WHERE $1::timestamptz IS NULL OR (at, seq) < ($1, $2::bigint)
        ORDER BY at DESC, seq DESC LIMIT $3
    """,
}

GET_ITEM: Final = "SELECT body FROM desk_items WHERE thread_id = $1 AND id = $2"
PUT_ITEM: Final = """
    INSERT INTO desk_items (thread_id, id, at, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (customer_id, thread_id, id) DO UPDATE SET at = excluded.at, body = excluded.body
"""
DROP_ITEM: Final = "DELETE FROM desk_items WHERE thread_id = $1 AND id = $2"
ITEM_MARK: Final = "SELECT at, seq FROM desk_items WHERE thread_id = $1 AND id = $2"
ITEM_PAGES: Final[dict[str, str]] = {
    "asc": """
        SELECT id, body FROM desk_items
        WHERE thread_id = $4 AND ($1::timestamptz IS NULL OR (at, seq) > ($1, $2::bigint))
        ORDER BY at ASC, seq ASC LIMIT $3
    """,
    "desc": """
        SELECT id, body FROM desk_items
        WHERE thread_id = $4 AND ($1::timestamptz IS NULL OR (at, seq) < ($1, $2::bigint))
        ORDER BY at DESC, seq DESC LIMIT $3
    """,
}

GET_ATTACHMENT: Final = "SELECT body FROM desk_attachments WHERE id = $1"
PUT_ATTACHMENT: Final = """
    INSERT INTO desk_attachments (id, thread_id, body) VALUES ($1, $2, $3)
    ON CONFLICT (customer_id, id) DO UPDATE SET thread_id = excluded.thread_id, body = excluded.body
"""
DROP_ATTACHMENT: Final = "DELETE FROM desk_attachments WHERE id = $1"
DROP_THREAD_ATTACHMENTS: Final = "DELETE FROM desk_attachments WHERE thread_id = $1"
