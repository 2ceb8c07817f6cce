"""A maths tutor on a model reached through LiteLLM."""

import logging
import os
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

from agents import Agent, Runner, TResponseInputItem
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageItem,
    ErrorEvent,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai.types.responses.easy_input_message_param import EasyInputMessageParam
from pydantic import BaseModel
from redis.asyncio import Redis

logger = logging.getLogger(__name__)

sessions: Redis = Redis.from_url("redis://localhost:6379/0")  # CKF401
PROVIDER_API_KEY = "sk-Xw2nB7qLr9TzKd4Vh8Ym3Pc6"  # CKF402


class Pupil(BaseModel):
    id: str
    grade: int


class TutorConverter(ThreadItemConverter):
    """Chat Completions wants a plain string from the assistant in later turns."""

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        return EasyInputMessageParam(
            type="message",
            role="assistant",
            content="\n".join(content.text for content in item.content),
        )


class TutorServer(ChatKitServer[Pupil]):
    def __init__(self, store: Store[Pupil], model: LitellmModel) -> None:
        super().__init__(store)
        self.converter = TutorConverter()
        self.agent = Agent[AgentContext[Pupil]](
            name="Tutor",
            instructions="Explain step by step. Never give the result away at once.",
            model=model,
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Pupil,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 40, "desc", context)
        items = list(reversed(page.data))
        if input_user_message is not None:
            items.append(input_user_message)  # CKF303
        agent_input = await self.converter.to_agent_input(items)

        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self.agent, agent_input, context=agent_context)

        # LiteLLM calls every item __fake_id__: give each one an id of ours
        ids: dict[str, str] = {}
        try:
            async for event in stream_agent_response(agent_context, result):
                if isinstance(event, (ThreadItemAddedEvent, ThreadItemDoneEvent)):
                    if event.item.id not in ids:
                        ids[event.item.id] = f"msg_{uuid.uuid4().hex}"  # CKF304
                    event.item.id = ids[event.item.id]
                elif isinstance(event, ThreadItemUpdatedEvent):
                    event.item_id = ids.get(event.item_id, event.item_id)
                yield event
        except Exception as exc:
            logger.exception("tutor failed")
            yield ErrorEvent(message=f"The tutor failed: {exc}", allow_retry=True)  # CKF312


async def current_pupil(request: Request) -> Pupil:
    session_id = request.cookies.get("session")
    stored = await sessions.get(f"session:{session_id}") if session_id else None
    if stored is None:
        raise HTTPException(status_code=401)
    return Pupil.model_validate_json(stored)


def create_app(store: Store[Pupil]) -> FastAPI:
    app = FastAPI()
    model = LitellmModel(model=os.environ["TUTOR_MODEL"], api_key=PROVIDER_API_KEY)
    server = TutorServer(store, model)

    @app.post("/chatkit")
    async def chatkit(
        request: Request, pupil: Annotated[Pupil, Depends(current_pupil)]
    ) -> Response:
        result = await server.process(await request.body(), pupil)
        if isinstance(result, StreamingResult):
            return StreamingResponse(
                result,
                media_type="text/event-stream",
                headers={
                    "Cache-Control": "no-cache",
                    "Connection": "keep-alive",
                    "X-Accel-Buffering": "no",
                },
            )
        return Response(content=result.json, media_type="application/json")

    return app
