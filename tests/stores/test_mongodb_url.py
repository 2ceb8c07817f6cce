"""How MongodbStore reads its URL: what it takes, and what it says of one that is wrong."""

import asyncio
import logging
import traceback
from typing import Any

import pymongo
import pytest
from pydantic import SecretStr

from ..staged import store_module

mongodb = store_module("mongodb")
mongodb_url = store_module("mongodb_url")


def told_by(url: str | None) -> str:
    """Return everything that connecting says of the URL, its ValueError in full."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the caller matches the text
        asyncio.run(mongodb.MongodbStore(url).connect())
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "No database URL: set DATABASE_URL"),
        ("", "No database URL: set DATABASE_URL"),
        ("postgresql://u:HUNTER2@h/d", "must be mongodb://user"),
        ("mongodb://", "must be mongodb://user"),
        ("mongodb:///d", "must be mongodb://user"),
        ("mongodb://u:HUN/TER2@h/d", "must be mongodb://user"),
        ("mongodb://u:HUN?TER2=1@h/d", "must be mongodb://user"),
        ("mongodb://u:HUN@TER2@h/d", "must be mongodb://user"),
        ("mongodb://u:HUN#TER2@h/d", "must be mongodb://user"),
        ("mongodb://u:HUN%TER2@h/d", "does not make sense"),
        ("mongodb://u:HUN:TER2@h/d", "does not make sense"),
        ("mongodb://u:HUNTER2@h/HUN$TER2", "does not make sense"),
        ("mongodb://u:HUNTER2@h:port/d", "must be mongodb://user"),
        ("mongodb://u:HUNTER2@h:99999/d", "Port must be an integer"),
        ("mongodb://u:HUNTER2@h/d?timeout=HUNTER2", "Unknown or wrong option 'timeout'"),
        ("mongodb://u:HUNTER2@h/d?appName=x;nope=HUNTER2", "Unknown or wrong option 'nope'"),
        ("mongodb://u:HUNTER2@h/d?tls=HUNTER2", "Unknown or wrong option 'tls'"),
        ("mongodb://u:HUNTER2@h/d?maxPoolSize=-7", "Unknown or wrong option 'maxPoolSize'"),
        ("mongodb://u:HUNTER2@h/d?tlsCAFile=/HUNTER2", "Unknown or wrong option 'tlsCAFile'"),
        ("mongodb://u:HUNTER2@h/d?authMechanism=HUNTER2", "wrong option 'authMechanism'"),
        ("mongodb://u:HUNTER2@h,i/d?directConnection=true", "does not make sense"),
        ("mongodb+srv://u:HUNTER2@h.example:1/d", "does not make sense"),
    ],
)
def test_a_wrong_url_is_one_clear_error(
    url: str | None, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Say what is wrong with the URL without quoting it: it may carry a password."""
    caplog.set_level(logging.DEBUG)
    told = told_by(url)
    assert f"ValueError: {message}" in told or message in told.splitlines()[-1]
    for part in ("HUNTER2", "HUN", "TER2"):
        assert part not in told + caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://localhost",
        "mongodb://localhost:27018/",
        "mongodb://u:p%40s%2Fs@a.example:1,b.example:2/shop?replicaSet=rs0&authSource=admin",
        "mongodb://u:p@[::1]:27017/shop?tls=true&appName=x",
        "mongodb+srv://u:p@cluster0.abcde.mongodb.net/shop?retryWrites=true&w=majority&appName=C",
    ],
)
def test_urls_as_they_are_handed_out_are_taken(url: str) -> None:
    """Hand them to the driver as they are."""
    assert arguments(url)["host"] == url


def test_the_store_decides_what_its_promises_rest_on() -> None:
    """Overrule the concerns and the pool size of the URL."""
    found = arguments("mongodb://h/?w=1&maxPoolSize=99")
    assert (found["w"], found["maxPoolSize"], found["readPreference"]) == ("majority", 7, "primary")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("mongodb://h", "chatkit"),
        ("mongodb://h/", "chatkit"),
        ("mongodb://h/?authSource=admin", "chatkit"),
        ("mongodb://h/shop", "shop"),
        ("mongodb://u:p@h/shop%2Deast?authSource=admin", "shop-east"),
    ],
)
def test_the_path_names_the_database(url: str, name: str) -> None:
    """Use the database of the URL, `chatkit` when it has none; the driver reads it like this."""

    async def play() -> None:
        async with pymongo.AsyncMongoClient[dict[str, Any]](**arguments(url)) as client:
            assert client.get_default_database("chatkit").name == name

    asyncio.run(play())


def arguments(url: str) -> dict[str, Any]:
    return mongodb_url.login(SecretStr(url), 7)
