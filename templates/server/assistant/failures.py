"""What the user reads when an answer fails, and what the log keeps of it."""

import logging
import traceback
from collections.abc import Iterator, Sequence
from http import HTTPStatus
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
from openai import APIConnectionError, APIError, APITimeoutError

from ..stores.errors import StoreSchemaError, StoreUnavailable
from .detached import StreamInterruptedError

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
_RESTARTING: Final = _Answer(
    "The assistant is being restarted. Please try again in a moment.", True
)
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
    (StreamInterruptedError, _RESTARTING),
)

# Codes of the provider that say more than the status they come with.
_BY_CODE: Final = {
    "insufficient_quota": _SPENT,
    "context_length_exceeded": _TOO_LONG,
    "content_filter": _REFUSED,
    "content_policy_violation": _REFUSED,
}
# {% if litellm %}
# LiteLLM tells some of them apart for all providers, by class and without a code.
_BY_CODE.update(ContextWindowExceededError=_TOO_LONG, ContentPolicyViolationError=_REFUSED)
# {% endif %}


def failure(error: BaseException, request_id: str) -> ErrorEvent:
    """Return the event that ends a stream which `error` broke; log the details."""
    chain = list(_chain(error))
    match error:
        case CustomStreamError():
            answer = _Answer(error.message, error.allow_retry)
        case StreamError():
            answer = _Answer(_UNEXPECTED.message, error.allow_retry)
        case APIError():
            answer = _by_code(chain) or _by_status(error) or _by_class(error)
        case _:
            answer = _by_class(error)
    _note(chain, request_id, answer)
    return ErrorEvent(message=answer.message, allow_retry=answer.allow_retry)


def with_message(event: ErrorEvent) -> ErrorEvent:
    """Return the event with words for the user, where it has none."""
    return event if event.message else event.model_copy(update={"message": _UNEXPECTED.message})


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it came from: LiteLLM wraps the provider's error in its own."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _by_code(chain: Sequence[BaseException]) -> _Answer | None:
    codes: list[object] = [getattr(found, "code", None) for found in chain]
    # {% if litellm %}
    codes += [type(found).__name__ for found in chain]
    # {% endif %}
    known = (_BY_CODE.get(code) for code in codes if isinstance(code, str))
    return next((answer for answer in known if answer), None)


def _by_status(error: APIError) -> _Answer | None:
    # Not of every APIError: one that comes in the middle of a stream has none.
    status: object = getattr(error, "status_code", None)
    if not isinstance(status, int) or isinstance(error, APITimeoutError):
        return None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _BUSY
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _AWAY
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT):
        return _AWAY
    return _TOO_LONG if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else _MISCONFIGURED


def _by_class(error: BaseException) -> _Answer:
    return next((found for kind, found in _ANSWERS if isinstance(error, kind)), _UNEXPECTED)


def _note(chain: Sequence[BaseException], request_id: str, answer: _Answer) -> None:
    # Not str(error): providers quote the user's text in it, and parts of the key.
    logger.log(
        logging.ERROR if answer.ours else logging.WARNING,
        "request %s failed: %s%s",
        request_id,
        " from ".join(map(_details, chain)),
        "\n" + "".join(traceback.format_tb(chain[0].__traceback__)).rstrip() if answer.ours else "",
    )
    logger.debug("request %s, in full", request_id, exc_info=chain[0])


def _details(error: BaseException) -> str:
    """Return the error's class with the status, the code and the provider's own request id."""
    known = (
        f"{name}={value}"
        for name in ("status_code", "code", "request_id")
        if (value := getattr(error, name, None)) is not None
    )
    return " ".join((f"{type(error).__module__}.{type(error).__name__}", *known))
