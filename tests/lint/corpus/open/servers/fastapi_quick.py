"""FastAPI chat backend for the shop assistant."""

import logging
import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import requests
from agents import Agent, OpenAIResponsesModel, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import InMemoryStore  # CKF103
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ErrorEvent,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTextContent,
)
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from openai import AsyncOpenAI

logger = logging.getLogger(__name__)

MAX_HISTORY = 20

client = AsyncOpenAI(
    base_url="http://10.0.3.14:8080/v1",  # CKF401
    api_key=os.environ["OPENAI_API_KEY"],
)


@function_tool
async def find_products(ctx: RunContextWrapper[AgentContext[Any]], query: str) -> str:
    """Search the catalogue."""
    reply = requests.get(  # CKF215
        os.environ["CATALOGUE_URL"],
        params={"q": query, "user": ctx.context.request_context["user_id"]},
        timeout=10,
    )
    reply.raise_for_status()
    return reply.text


agent = Agent[AgentContext[dict[str, Any]]](
    name="Shop assistant",
    instructions="Help people to find products. Use find_products.",
    model=OpenAIResponsesModel(model=os.environ["CHAT_MODEL"], openai_client=client),
    tools=[find_products],
)


class ShopServer(ChatKitServer[dict[str, Any]]):
    def __init__(self, store: Any) -> None:
        super().__init__(store)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: dict[str, Any],
    ) -> AsyncIterator[ThreadStreamEvent]:
        if input_user_message is None:
            return
        if not self._wants_answer(input_user_message):
            yield ThreadItemDoneEvent(
                item=AssistantMessageItem(
                    id=self.store.generate_item_id("message", thread, context),
                    thread_id=thread.id,
                    created_at=datetime.now(),
                    content=[
                        AssistantMessageContent(type="text", text="You are welcome!"),  # CKF107
                    ],
                )
            )
            return

        history = await self.store.load_thread_items(  # CKF302
            thread.id, after=None, limit=MAX_HISTORY, order="asc", context=context
        )
        agent_input = await simple_to_agent_input(history.data)
        agent_input += await simple_to_agent_input(input_user_message)  # CKF303

        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        try:
            result = Runner.run_streamed(agent, agent_input, context=agent_context)
            async for event in stream_agent_response(agent_context, result):
                yield event
        except Exception as error:
            logger.exception("run failed")
            yield ErrorEvent(message=f"Agent error: {error}", allow_retry=True)  # CKF312

    def _wants_answer(self, message: UserMessageItem) -> bool:
        texts = [p.text for p in message.content if isinstance(p, UserMessageTextContent)]
        return " ".join(texts).strip().lower() not in {"thanks", "thank you", "thx"}


app = FastAPI()
server = ShopServer(InMemoryStore())


@app.post("/chatkit")
async def chatkit(request: Request) -> Response:
    payload = await request.json()
    context = {"user_id": payload.get("user_id", "anonymous")}  # CKF403
    result = await server.process(await request.body(), context)
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")  # CKF307
    return Response(content=result.json, media_type="application/json")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
