import asyncio
import sqlite3
import time
from time import sleep as pause

import requests
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
