"""What the user reads when an answer fails, and what the log keeps of it."""

import logging
import traceback
from typing import Final, NamedTuple

from agents import (
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    ModelRefusalError,
    ModelTimeoutError,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
    ToolTimeoutError,
    UserError,
)
from chatkit.errors import CustomStreamError, StreamError
from chatkit.store import NotFoundError
from chatkit.types import ErrorEvent
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, RateLimitError

from ..stores.errors import StoreSchemaError, StoreUnavailable

logger = logging.getLogger(__name__)


class _Answer(NamedTuple):
    """Say what went wrong, and whether the same request may succeed when it is sent again."""

    message: str
    allow_retry: bool
    # Somebody has to look into it: the log gets the lines of code, not only the name.
    ours: bool = False


_BUSY: Final = _Answer("The assistant is very busy. Please try again in a moment.", True)
_SPENT: Final = _Answer("The assistant has used up its allowance. Please come back later.", False)
_SLOW: Final = _Answer("The assistant took too long to answer. Please try again.", True)
_AWAY: Final = _Answer("The assistant cannot be reached right now. Please try again.", True)
_BROKE_OFF: Final = _Answer("The answer broke off. Please try again.", True)
_TOO_LONG: Final = _Answer(
    "This conversation is too long for the assistant. Please start a new one.", False
)
_REFUSED: Final = _Answer("The assistant cannot help with this request.", False)
_LOST: Final = _Answer("The assistant did not come to an end. Please try again.", True)
_MISCONFIGURED: Final = _Answer(
    "The assistant is not set up correctly. The people who run this site have to look into it.",
    False,
    ours=True,
)
_STORE_DOWN: Final = _Answer(
    "Your conversations cannot be reached right now. Please try again in a moment.", True
)
_GONE: Final = _Answer("This conversation does not exist any more.", False)
_UNEXPECTED: Final = _Answer("Something went wrong. Please try again.", True, ours=True)

# The first match counts: a class stands before its bases. LiteLLM's derive from OpenAI's.
_ANSWERS: Final[tuple[tuple[type[BaseException], _Answer], ...]] = (
    (APITimeoutError, _SLOW),
    (ModelTimeoutError, _SLOW),
    (ToolTimeoutError, _SLOW),
    (APIConnectionError, _AWAY),
    (APIError, _BROKE_OFF),
    (ModelBehaviorError, _BROKE_OFF),
    (MaxTurnsExceeded, _LOST),
    (ModelRefusalError, _REFUSED),
    (InputGuardrailTripwireTriggered, _REFUSED),
    (OutputGuardrailTripwireTriggered, _REFUSED),
    (ToolInputGuardrailTripwireTriggered, _REFUSED),
    (ToolOutputGuardrailTripwireTriggered, _REFUSED),
    (UserError, _MISCONFIGURED),
    (StoreUnavailable, _STORE_DOWN),
    (StoreSchemaError, _MISCONFIGURED),
    (NotFoundError, _GONE),
)


def failure(error: BaseException, request_id: str) -> ErrorEvent:
    """Return the event that ends a stream which `error` broke; log the details."""
    if isinstance(error, CustomStreamError):
        answer = _Answer(error.message, error.allow_retry)
    elif isinstance(error, StreamError):
        answer = _Answer(_UNEXPECTED.message, error.allow_retry)
    elif isinstance(error, APIStatusError):
        answer = _refusal_of_provider(error)
    else:
        answer = next((found for kind, found in _ANSWERS if isinstance(error, kind)), _UNEXPECTED)
    _note(error, request_id, answer)
    return ErrorEvent(message=answer.message, allow_retry=answer.allow_retry)


def _refusal_of_provider(error: APIStatusError) -> _Answer:
    if isinstance(error, RateLimitError):
        # The same status says "slow down" and "the bill is not paid".
        return _SPENT if error.code == "insufficient_quota" else _BUSY
    if error.status_code >= 500 or error.status_code in (408, 409):
        return _AWAY
    if error.code == "context_length_exceeded" or error.status_code == 413:
        return _TOO_LONG
    if error.code == "content_filter":
        return _REFUSED
    return _MISCONFIGURED


def _note(error: BaseException, request_id: str, answer: _Answer) -> None:
    # Not str(error): providers quote the user's text in it, and parts of the key.
    details = {
        name: value
        for name in ("status_code", "code", "request_id")
        if (value := getattr(error, name, None)) is not None
    }
    logger.log(
        logging.ERROR if answer.ours else logging.WARNING,
        "request %s failed: %s %s%s",
        request_id,
        type(error).__name__,
        details,
        "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip() if answer.ours else "",
    )
    logger.debug("request %s, in full", request_id, exc_info=error)
