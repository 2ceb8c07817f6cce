"""The demo model uses the search as a real model would, so that it can be tried without a key."""

import asyncio

from agents import Agent, Runner, TResponseInputItem, function_tool, set_tracing_disabled
from app.assistant.demo_input import outputs_in
from app.assistant.demo_model import DemoModel

FOUND = """\
Passages of the lessons, best first.

[1] Loops (chapter 3, lesson loops)
Loops > While
A loop repeats.

[2] Lists (chapter 2)
Lists
A list holds values."""


def ask(output: str, *questions: str) -> tuple[str, list[tuple[list[str], str]]]:
    """Return the answer when the search gives this output, and what was searched for."""
    searched: list[tuple[list[str], str]] = []

    @function_tool
    def search_content(
        queries: list[str],
        search_scope: str,
        chapter: int | None = None,
        lesson: str | None = None,
    ) -> str:
        """Search the lessons."""
        assert chapter is None
        assert lesson is None
        searched.append((queries, search_scope))
        return output

    set_tracing_disabled(True)
    agent = Agent(name="Demo", model=DemoModel(word_delay=0), tools=[search_content])

    async def run() -> str:
        result = Runner.run_streamed(
            agent, [{"role": "user", "content": question} for question in questions]
        )
        async for _ in result.stream_events():
            pass
        return str(result.final_output)

    return asyncio.run(run()), searched


def test_it_searches_once_for_the_last_question() -> None:
    """The search is made for what was asked last, in the whole book, and not again."""
    _, searched = ask(FOUND, "What is a list?", "And a loop?")
    assert searched == [(["And a loop?"], "full_book")]


def test_it_cites_what_was_found() -> None:
    """The numbers become annotations of the sources, as a real model's do."""
    answer, _ = ask(FOUND, "What is a loop?")
    assert "- Loops (chapter 3, lesson loops) [1]" in answer
    assert "- Lists (chapter 2) [2]" in answer
    assert "demo model" in answer


def test_what_a_tool_said_earlier_is_no_answer() -> None:
    """Only the outputs since the last question belong to it."""
    earlier: TResponseInputItem = {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "[1] Old (chapter 1)",
    }
    assert outputs_in([earlier, {"role": "user", "content": "And a loop?"}]) == []
    assert outputs_in([{"role": "user", "content": "And a loop?"}, earlier]) != []


def test_it_says_that_nothing_was_found() -> None:
    """An empty search is said, and nothing is cited."""
    answer, _ = ask("Nothing was found in the scope 'full_book'.", "What is a loop?")
    assert "found nothing" in answer
    assert "[1]" not in answer


def test_without_the_tool_it_answers_at_once() -> None:
    """An agent that was given no search is not sent looking."""
    set_tracing_disabled(True)
    agent = Agent(name="Demo", model=DemoModel(word_delay=0))
    answer = asyncio.run(Runner.run(agent, "What is a loop?")).final_output
    assert "searched" not in answer


def test_a_whole_answer_searches_too() -> None:
    """Asked without a stream, it does the same."""
    set_tracing_disabled(True)

    @function_tool
    def search_content(queries: list[str], search_scope: str) -> str:
        """Search the lessons."""
        return FOUND

    agent = Agent(name="Demo", model=DemoModel(word_delay=0), tools=[search_content])
    answer = asyncio.run(Runner.run(agent, "What is a loop?")).final_output
    assert "[1]" in answer
