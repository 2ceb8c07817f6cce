import asyncio
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

Row = dict[str, Any]

DDL = """
CREATE TABLE IF NOT EXISTS payroll_threads (
    employee_no text NOT NULL, id text NOT NULL, created_us bigint NOT NULL,
    doc text NOT NULL, PRIMARY KEY (employee_no, id));
CREATE TABLE IF NOT EXISTS payroll_items (
    employee_no text NOT NULL, thread_id text NOT NULL, id text NOT NULL,
    created_us bigint NOT NULL, doc text NOT NULL,
    PRIMARY KEY (employee_no, thread_id, id));
CREATE TABLE IF NOT EXISTS payroll_files (
    employee_no text NOT NULL, id text NOT NULL, thread_id text,
    doc text NOT NULL, PRIMARY KEY (employee_no, id));
"""


class PooledSql:
    """The sync pool the payroll batch jobs share, and two ways to use it from async code."""

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool

    def _fetch_sync(self, sql: str, params: Row) -> list[Row]:
        with self.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
            return cur.execute(sql, params).fetchall()

    def _execute_sync(self, sql: str, params: Row) -> int:
        with self.pool.connection() as conn:
            return conn.execute(sql, params).rowcount

    async def _fetch(self, sql: str, **params: Any) -> list[Row]:
        return await asyncio.to_thread(self._fetch_sync, sql, params)

    async def _execute(self, sql: str, **params: Any) -> int:
        return await asyncio.to_thread(self._execute_sync, sql, params)
