"""One ChatKit request on its way through the assistant and back."""

from typing import Annotated, Final

from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    ChatKitReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    ItemsListReq,
    ThreadsAddUserMessageReq,
    ThreadsCreateReq,
    ThreadsListReq,
    is_streaming_req,
)
from fastapi import Depends, Response

from ..assistant.page import PageState, request_context
from .auth import CurrentUser, RateKey
from .errors import Refusal, refused
from .running import App, RequestId
from .streaming import open_stream

# Items of one feedback; each is looked up and written by itself.
_MOST_RATED: Final = 200


class Processing:
    """Carry out requests of one user; made for each HTTP request by dependency."""

    def __init__(self, user_id: CurrentUser, key: RateKey, app: App, request_id: RequestId) -> None:
        """Keep who asks, and what answers."""
        self._user_id = user_id
        self._key = key
        self._app = app
        self._request_id = request_id

    async def answer(self, asked: ChatKitReq, body: bytes, page: PageState) -> Response:
        """Return the answer to a request, parsed and as it came: JSON, or a stream of events.

        Raises Refusal, NotFoundError or StoreUnavailable before any header is sent.
        """
        await self._app.limits.count(self._key, costly=_is_costly(asked))
        self._check(asked)
        context = request_context(self._user_id, self._request_id, page)
        try:
            result = await self._app.server.process(body, context)
            if not isinstance(result, StreamingResult):
                return Response(result.json, media_type="application/json")
            stream = await open_stream(result.json_events, self._request_id)
        except Exception as error:
            if refusal := refused(error):
                raise refusal from error
            raise
        if stream is None:
            # All that the SDK says when the message to answer anew is not in the thread.
            raise NotFoundError("Item not found")
        return stream

    def _check(self, asked: ChatKitReq) -> None:
        """Refuse what the SDK would take for something else, or answer with a crash."""
        match asked:
            case ThreadsListReq() | ItemsListReq():
                limit = asked.params.limit
                # Zero would mean "as many as usual"; too many are the store's to cut.
                if limit is not None and limit < 1:
                    raise Refusal(422, "invalid_request", "params.limit: must be at least 1")
            case ItemsFeedbackReq(params=params) if len(params.item_ids) > _MOST_RATED:
                line = f"params.item_ids: must be {_MOST_RATED} at most"
                raise Refusal(422, "invalid_request", line)
            case _ if self._app.server.attachment_store is None and _is_about_files(asked):
                raise Refusal(400, "not_supported", "This assistant takes no attachments")
            case _:
                return


def _is_about_files(asked: ChatKitReq) -> bool:
    """Say whether the request needs attachments; a message does when it names some."""
    match asked:
        case ThreadsCreateReq(params=params) | ThreadsAddUserMessageReq(params=params):
            return bool(params.input.attachments)
        case _:
            return isinstance(asked, AttachmentsCreateReq | AttachmentsDeleteReq)


def _is_costly(asked: ChatKitReq) -> bool:
    """Say whether the request sets a model to work, or reserves room for a file."""
    return is_streaming_req(asked) or isinstance(asked, InputTranscribeReq | AttachmentsCreateReq)


Assistant = Annotated[Processing, Depends()]
