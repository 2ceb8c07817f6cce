import asyncio
import sqlite3
import time
from time import sleep as pause

import pymongo
import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from chatkit.types import ThreadMetadata
import functools
import smtplib
import socket
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
import anyio
import anyio.to_thread
import boto3
import httpx
import psycopg
import redis
import sqlalchemy as sa
from asgiref.sync import sync_to_async
from fastapi.concurrency import run_in_threadpool
from openai import OpenAI
from pymongo import MongoClient
from qdrant_client import QdrantClient
from redis import Redis
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker
from starlette.concurrency import run_in_threadpool as pool_run
from chatkit.store import Store
from agents import Agent, Runner
from openai import AsyncOpenAI
from supabase import create_client, Client
from google.cloud import firestore
from qdrant_client import AsyncQdrantClient
from elasticsearch import Elasticsearch
from azure.cosmos import CosmosClient
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from chatkit.types import Page


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


KEPT = (Store, ThreadMetadata)
engine = create_engine("x")
Sessions = sessionmaker(engine)
client = OpenAI()
mongo = MongoClient("x")
database = mongo["chat"]
items = database.items
qdrant = QdrantClient(":memory:")
dynamo = boto3.resource("dynamodb")
table = dynamo.Table("threads")
s3 = boto3.client("s3")
executor = ThreadPoolExecutor(4)


async def a1() -> Any:
    with Sessions() as session:
        return session.execute(select(1)).scalar()  # CKF215


async def a2() -> Any:
    with Session(engine) as session:
        return session.scalars(select(1)).all()  # CKF215


async def a3() -> Any:
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT 1"))  # CKF215


async def a4() -> Any:
    return client.chat.completions.create(model="x", messages=[])  # CKF215


async def a5() -> Any:
    return client.responses.create(model="x", input="y")  # CKF215


async def a6() -> Any:
    return items.find_one({"id": 1})  # CKF215


async def a7() -> Any:
    return list(items.find({"id": 1}).sort("x"))  # CKF215


async def a8() -> Any:
    return qdrant.search("c", [0.1])  # CKF215


async def a9() -> Any:
    return qdrant.query_points("c", [0.1])  # CKF215


async def a10() -> Any:
    return table.get_item(Key={})  # CKF215


async def a11() -> Any:
    return s3.generate_presigned_url("put_object")


async def a12() -> Any:
    return subprocess.run(["ls"])  # CKF215


async def a13() -> Any:
    with urllib.request.urlopen("http://x") as answer:  # CKF215
        return answer.read()


async def a14() -> Any:
    with httpx.Client() as web:
        return web.get("http://x")  # CKF215


async def a15() -> Any:
    with requests.Session() as web:
        return web.post("http://x")  # CKF215


async def a16() -> Any:
    future = executor.submit(requests.get, "http://x")
    return future.result()  # CKF215


async def a17() -> Any:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: requests.get("http://x"))


async def a18() -> Any:
    return await asyncio.to_thread(requests.get, "http://x")


async def a19() -> Any:
    return await anyio.to_thread.run_sync(functools.partial(requests.get, "http://x"))


async def a20() -> Any:
    return await sync_to_async(lambda: items.find_one({}))()


async def a21() -> Any:
    return await run_in_threadpool(items.find_one, {"x": 1})


async def a22() -> Any:
    def work() -> Any:
        with Session(engine) as session:
            return session.scalars(select(1)).all()

    return await pool_run(work)


async def a23() -> Any:
    def work() -> Any:
        with Session(engine) as session:
            return session.scalars(select(1)).all()

    return work()  # CKF215


@sync_to_async
def helper() -> Any:
    return items.find_one({})


async def a24() -> Any:
    return await helper()


def fetch(key: str) -> Any:
    return requests.get(key)


async def a25() -> Any:
    return fetch("x")  # CKF215


async def a26() -> Any:
    answers = [fetch(key) for key in ("a", "b")]  # CKF215
    return answers


async def a27() -> Any:
    return await asyncio.gather(*(asyncio.to_thread(fetch, key) for key in ("a", "b")))


class Held:
    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url)
        self.conn = sqlite3.connect(url)
        self.engine = sa.create_engine(url)
        self.http = httpx.Client()
        self.db = pymongo.MongoClient(url).chat
        self.sessions = sessionmaker(self.engine)
        self._pg = psycopg.connect(url)

    async def b1(self) -> Any:
        return self.redis.get("x")  # CKF215

    async def b2(self) -> Any:
        pipe = self.redis.pipeline()
        pipe.set("a", 1)
        pipe.execute()  # CKF215

    async def b3(self) -> Any:
        cursor = self.conn.cursor()
        cursor.execute("SELECT 1")  # CKF215
        return cursor.fetchone()

    async def b4(self) -> Any:
        return self.db.threads.find_one({})  # CKF215

    async def b5(self) -> Any:
        with self.sessions.begin() as session:
            session.add(1)
            session.flush()  # CKF215

    async def b6(self) -> Any:
        return await asyncio.to_thread(self._load, 1)

    def _load(self, key: int) -> Any:
        with self.conn:
            return self.conn.execute("SELECT 1").fetchone()

    async def b7(self) -> Any:
        return self._load(1)  # CKF215

    async def b8(self) -> Any:
        with self._pg.cursor() as cursor:
            cursor.execute("SELECT 1")  # CKF215
            return cursor.fetchall()

    async def b9(self) -> Any:
        with self._session() as session:
            return session.get(1, 2)  # CKF215

    def _session(self) -> Session:
        return Session(self.engine)

    async def b10(self) -> Any:
        return await self._run(lambda: self.conn.execute("SELECT 1").fetchone())

    async def _run(self, work: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def b11(self) -> Any:
        return await self._run(functools.partial(self._load, 1))

    async def b12(self) -> Any:
        while self.redis.llen("x"):  # CKF215
            await asyncio.sleep(0)

    async def b13(self) -> Any:
        for key in self.redis.scan_iter("x*"):  # CKF215
            print(key)

    async def b14(self) -> Any:
        return self.http.send(self.http.build_request("GET", "x"))  # CKF215

    async def b15(self) -> Any:
        with smtplib.SMTP("x") as mail:  # CKF215
            mail.sendmail("a", "b", "c")

    async def b16(self) -> Any:
        return socket.gethostbyname("x")  # CKF215

    async def b17(self, path: Path) -> Any:
        return path.read_text()


class Rows:
    async def c1(self) -> Any:
        return ThreadRecord.objects.get(id=1)  # CKF215

    async def c2(self) -> Any:
        return await ThreadRecord.objects.aget(id=1)

    async def c3(self) -> Any:
        return [row async for row in ThreadRecord.objects.filter(owner=1)]

    async def c4(self) -> Any:
        return await sync_to_async(ThreadRecord.objects.get)(id=1)

    async def c5(self) -> Any:
        return list(ThreadRecord.objects.filter(owner=1))  # CKF215

    async def c6(self) -> Any:
        ThreadRecord.objects.update_or_create(id=1, defaults={})  # CKF215


class Injected:
    def __init__(self, http: requests.Session) -> None:
        self._http = http
        self._clock = time

    async def d1(self) -> Any:
        return self._http.get("x")  # CKF215

    async def d2(self) -> Any:
        time.sleep(0.1)  # CKF215

    async def d3(self) -> Any:
        return await asyncio.get_event_loop().run_in_executor(executor, time.sleep, 1)


KEPT = (Store, Page)
db: Client = create_client("x", "y")


class Services:
    def __init__(self, url: str, supabase: Client) -> None:
        self.table = boto3.resource("dynamodb").Table("x")
        self.client = OpenAI()
        self.fast = AsyncOpenAI()
        self.db = firestore.Client()
        self.adb = firestore.AsyncClient()
        self.vectors = QdrantClient(url)
        self.avectors = AsyncQdrantClient(url)
        self.es = Elasticsearch(url)
        self.container = CosmosClient(url).get_database_client("x").get_container_client("y")
        self.acontainer = AsyncCosmosClient(url).get_database_client("x").get_container_client("y")
        self.supabase = supabase

    async def a(self) -> Any:
        return self.table.query(Limit=1)  # CKF215

    async def b(self) -> Any:
        return self.client.chat.completions.create(model="x", messages=[])  # CKF215

    async def c(self) -> Any:
        return await self.fast.chat.completions.create(model="x", messages=[])

    async def d(self) -> Any:
        return self.db.collection("threads").document("x").get()  # CKF215

    async def e(self) -> Any:
        return await self.adb.collection("threads").document("x").get()

    async def f(self) -> Any:
        return self.vectors.search("x", [0.1])  # CKF215

    async def g(self) -> Any:
        return await self.avectors.search("x", [0.1])

    async def h(self) -> Any:
        return self.es.search(index="x")  # CKF215

    async def i(self) -> Any:
        return list(self.container.query_items("SELECT * FROM c"))  # CKF215

    async def j(self) -> Any:
        return [d async for d in self.acontainer.query_items("SELECT * FROM c")]

    async def k(self) -> Any:
        return self.supabase.table("threads").select("*").eq("owner", "x").execute()  # CKF215

    async def l(self) -> Any:
        return db.table("threads").select("*").execute()  # CKF215

    async def m(self) -> Any:
        return Runner.run_sync(Agent(name="x"), "y")  # CKF215

    async def n(self) -> Any:
        stream = self.client.responses.create(model="x", input="y", stream=True)  # CKF215
        for event in stream:
            yield event

    async def o(self) -> Any:
        stream = await self.fast.responses.create(model="x", input="y", stream=True)
        async for event in stream:
            yield event
