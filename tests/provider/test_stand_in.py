"""The stand-in does what it is told, and says so when it was told nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest

from .recorded import Line
from .script import Call, Fail, Hold, Refuse, Say
from .stand_in import StandIn, standing_in

ASKED: Any = [{"role": "user", "content": "Good morning."}]


def asking(stand_in: StandIn, ask: Callable[[openai.AsyncOpenAI], Awaitable[Any]]) -> Any:
    """Return what the real client makes of one request."""

    async def run() -> Any:
        client = openai.AsyncOpenAI(base_url=stand_in.base_url, api_key="sk-x", max_retries=0)
        async with client:
            return await ask(client)

    return asyncio.run(run())


def test_both_apis_say_the_same(stand_in: StandIn) -> None:
    """One script serves both wire formats, streamed or whole."""
    stand_in.otherwise = (Say("Good day."),)

    async def responses(client: openai.AsyncOpenAI) -> str:
        return (await client.responses.create(model="m", input=ASKED)).output_text

    async def streamed(client: openai.AsyncOpenAI) -> str:
        async with client.responses.stream(model="m", input=ASKED) as stream:
            return (await stream.get_final_response()).output_text

    async def chat(client: openai.AsyncOpenAI) -> str | None:
        whole = await client.chat.completions.create(model="m", messages=ASKED)
        return whole.choices[0].message.content

    async def chunks(client: openai.AsyncOpenAI) -> str:
        parts = await client.chat.completions.create(model="m", messages=ASKED, stream=True)
        return "".join([part.choices[0].delta.content or "" async for part in parts])

    said = [asking(stand_in, ask) for ask in (responses, streamed, chat, chunks)]
    assert said == ["Good day."] * 4
    assert [one.conversation for one in stand_in.requests] == [[Line("user", "Good morning.")]] * 4


def test_a_request_that_nobody_foresaw_is_an_error(stand_in: StandIn) -> None:
    """A test that forgot to tell the answer does not get one by chance."""

    async def ask(client: openai.AsyncOpenAI) -> None:
        await client.responses.create(model="m", input=ASKED)

    with pytest.raises(openai.APIStatusError, match="nothing was told"):
        asking(stand_in, ask)


def test_replies_are_given_in_their_order(stand_in: StandIn) -> None:
    """What was told first is answered first, refusals among it."""
    stand_in.refuse(Refuse(429))
    stand_in.will(Say("Now."))
    assert stand_in.left == 2

    async def ask(client: openai.AsyncOpenAI) -> str:
        return (await client.responses.create(model="m", input=ASKED)).output_text

    with pytest.raises(openai.RateLimitError):
        asking(stand_in, ask)
    assert asking(stand_in, ask) == "Now."
    assert stand_in.left == 0


def test_an_error_in_a_stream_reaches_the_client(stand_in: StandIn) -> None:
    """It comes after a status of 200, as a provider's does."""
    stand_in.will(Say("Half", Fail("server_error", "overloaded")))

    async def ask(client: openai.AsyncOpenAI) -> None:
        stream = await client.chat.completions.create(model="m", messages=ASKED, stream=True)
        async for _ in stream:
            pass

    with pytest.raises(openai.APIError, match="overloaded"):
        asking(stand_in, ask)


def test_a_chat_completion_has_one_message(stand_in: StandIn) -> None:
    """The format knows no two messages, so a script with two is a mistake in the test."""
    stand_in.will(Say("One."), Say("Two."))

    async def ask(client: openai.AsyncOpenAI) -> None:
        await client.chat.completions.create(model="m", messages=ASKED)

    with pytest.raises(openai.InternalServerError):
        asking(stand_in, ask)


def test_what_is_held_ends_with_the_stand_in() -> None:
    """A test that fails while something is held does not hang."""
    hold = Hold()
    with standing_in() as stand_in:
        stand_in.will(Say("Half", hold), Call("never"))

        async def ask(client: openai.AsyncOpenAI) -> None:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(client.responses.create(model="m", input=ASKED))
                reading.cancel()

        asking(stand_in, ask)
    hold.wait()
    assert hold.reached.is_set()
