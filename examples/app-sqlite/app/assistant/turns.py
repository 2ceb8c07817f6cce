"""One line in the log for each turn, and one hook for who wants to count them."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from agents import Usage

logger = logging.getLogger(__name__)

Outcome = Literal["completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class TurnReport:
    """Say how a turn went; no text of any message is in it."""

    request_id: str
    thread_id: str
    outcome: Outcome
    # From the user's message to the last event of the answer.
    seconds: float
    # None where the provider did not say, and when it was cut short.
    input_tokens: int | None
    output_tokens: int | None


# Called once for each turn, after its last event.
OnEvent = Callable[[TurnReport], Awaitable[None]]


def report_turn(
    request_id: str, thread_id: str, outcome: Outcome, seconds: float, usage: Usage | None
) -> TurnReport:
    """Return the report of a turn and write it to the log; `usage` is that of the whole run."""
    # A provider that says nothing leaves zeros behind.
    known = usage if usage is not None and usage.total_tokens > 0 else None
    report = TurnReport(
        request_id=request_id,
        thread_id=thread_id,
        outcome=outcome,
        seconds=seconds,
        input_tokens=known and known.input_tokens,
        output_tokens=known and known.output_tokens,
    )
    logger.info(
        "turn %s: request=%s thread=%s seconds=%.3f input_tokens=%s output_tokens=%s",
        report.outcome,
        report.request_id,
        report.thread_id,
        report.seconds,
        "unknown" if report.input_tokens is None else report.input_tokens,
        "unknown" if report.output_tokens is None else report.output_tokens,
    )
    return report


async def announce(report: TurnReport, on_event: OnEvent | None) -> None:
    """Hand the report to the hook; what the hook raises is logged and goes no further.

    The caller runs it as a task of its own: a slow hook must not hold up the stream either.
    """
    if on_event is None:
        return
    try:
        await on_event(report)
    except Exception:
        logger.exception("the on_event hook failed for request %s", report.request_id)
