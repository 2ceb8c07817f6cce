"""`POST /assistant/chatkit`: a question in a few fields, answered by the protocol's events."""

from chatkit.types import (
    InferenceOptions,
    ThreadAddUserMessageParams,
    ThreadCreateParams,
    ThreadsAddUserMessageReq,
    ThreadsCreateReq,
    UserMessageInput,
    UserMessageTextContent,
)
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .body import JsonBody
from .errors import invalid
from .page_input import PageInput
from .processing import Assistant

router = APIRouter()


class _Context(PageInput):
    """Take the page; a key that is not known here is a mistake of the caller's."""

    model_config = ConfigDict(extra="forbid")


class _Question(BaseModel):
    """Ask in a new thread or in a known one.

    Unknown fields are refused: a misspelt `thread_id` would begin a new thread without a word.
    """

    model_config = ConfigDict(extra="forbid")

    query: str = Field(max_length=50_000)
    thread_id: str | None = Field(default=None, min_length=1)
    context: _Context = Field(default_factory=_Context)

    @field_validator("query")
    @classmethod
    def _says_something(cls, query: str) -> str:
        if not query.strip():
            raise ValueError("must not be empty")
        return query


@router.post("/assistant/chatkit")
async def ask(assistant: Assistant, body: JsonBody) -> Response:
    """Turn the question into the request that the protocol has for it, and answer that."""
    try:
        question = _Question.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    message = UserMessageInput(
        content=[UserMessageTextContent(text=question.query)],
        attachments=[],
        inference_options=InferenceOptions(),
    )
    asked = (
        ThreadsCreateReq(params=ThreadCreateParams(input=message))
        if question.thread_id is None
        else ThreadsAddUserMessageReq(
            params=ThreadAddUserMessageParams(input=message, thread_id=question.thread_id)
        )
    )
    return await assistant.answer(asked, asked.model_dump_json().encode(), question.context.state())
