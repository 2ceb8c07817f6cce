"""`POST /chatkit`: the ChatKit protocol as it is."""

from typing import Any

from chatkit.types import ChatKitReq
from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError

from .body import JsonBody
from .errors import invalid
from .page_input import page_of_metadata
from .processing import Assistant

router = APIRouter()
# A union of types: its adapter cannot be annotated more closely.
_adapter: TypeAdapter[Any] = TypeAdapter(ChatKitReq)


@router.post("/chatkit")
async def chatkit(assistant: Assistant, body: JsonBody) -> Response:
    """Answer one of the protocol's requests; its `metadata` tells where the user is."""
    try:
        asked: ChatKitReq = _adapter.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return await assistant.answer(asked, body, page_of_metadata(asked.metadata))
