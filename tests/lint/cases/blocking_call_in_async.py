import asyncio
import sqlite3
import time
from time import sleep as pause

import pymongo
import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from chatkit.types import ThreadMetadata


async def waits(thread: ThreadMetadata) -> None:
    time.sleep(1)  # CKF215
    pause(1)  # CKF215
    await asyncio.sleep(1)


async def asks() -> str:
    return requests.get("http://localhost").text  # CKF215


async def in_a_thread() -> str:
    answer = await asyncio.to_thread(requests.get, "http://localhost")
    await asyncio.to_thread(lambda: time.sleep(1))
    return answer.text


async def through_a_function() -> None:
    def work() -> None:
        time.sleep(1)

    await asyncio.to_thread(work)


def plain() -> None:
    sqlite3.connect("chat.db").close()
    time.sleep(1)


class Files:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.connection = sqlite3.connect("chat.db")

    async def direct(self) -> list[str]:
        return self.connection.execute("SELECT title FROM threads").fetchall()  # CKF215

    async def once(self) -> None:
        cursor = self.connection.cursor()
        cursor.execute("SELECT 1")  # CKF215
        cursor.execute("SELECT 2")

    async def in_session(self) -> None:
        with Session(self.engine) as session:
            session.execute("SELECT 1")  # CKF215

    async def threaded(self) -> list[str]:
        def work() -> list[str]:
            return self.connection.execute("SELECT title FROM threads").fetchall()

        return await asyncio.to_thread(work)

    async def not_a_driver(self, options: dict[str, str]) -> str | None:
        return options.get("title")


class Helped:
    def __init__(self, path: str) -> None:
        self.path = path

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        with self._connect() as connection:
            return connection.execute(sql).fetchall()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)

    def _name(self) -> str:
        return self.path.upper()

    async def blocked(self) -> list[tuple[str, ...]]:
        return self._rows("SELECT id FROM threads")  # CKF215

    async def handed_over(self) -> list[tuple[str, ...]]:
        self._name()
        return await asyncio.to_thread(self._rows, "SELECT id FROM threads")

    async def worked(self) -> list[tuple[str, ...]]:
        def work() -> list[tuple[str, ...]]:
            return self._rows("SELECT id FROM threads")

        return await asyncio.to_thread(work)


threads = pymongo.MongoClient("mongo").chat["threads"]


async def documents() -> object:
    return threads.find_one({"owner": "me"})  # CKF215
