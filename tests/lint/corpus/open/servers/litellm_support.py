"""Support bot on LiteLLM, so that we can change providers."""

import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from agents import Agent, RunContextWrapper, Runner, TResponseInputItem, function_tool
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from openai.types.responses import EasyInputMessageParam
from pydantic_settings import BaseSettings

logger = logging.getLogger(__name__)


class Settings(BaseSettings):
    llm_name: str
    history_size: int


settings = Settings()  # pyright: ignore[reportCallIssue]


@dataclass
class RequestContext:
    user_id: str = ""


@function_tool
async def thread_title(ctx: RunContextWrapper[AgentContext[RequestContext]]) -> str:
    """Tell what this conversation is called."""
    return ctx.context.thread.title or "untitled"


class StringConverter(ThreadItemConverter):
    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        return EasyInputMessageParam(
            type="message", role="assistant", content="".join(c.text for c in item.content)
        )


class SupportServer(ChatKitServer[RequestContext]):
    def __init__(self, store: Store[RequestContext]) -> None:  # CKF301
        self.store = store
        self.converter = StringConverter()
        self.agent = Agent[AgentContext[RequestContext]](
            name="Support",
            instructions="Answer questions about our product.",
            model=LitellmModel(
                model=Settings.llm_name,  # CKF112
                api_key="sk-ant-api03-Zk3vQ8mT1xWc7RbY5nLd",  # CKF402
            ),
            tools=[thread_title],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(
            thread.id, None, settings.history_size, "desc", context
        )
        agent_input = await self.converter.to_agent_input(page.data[::-1])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(self.agent, agent_input)  # CKF305

        # LiteLLM gives every message the same id
        id_map: dict[str, str] = {}
        async for event in stream_agent_response(agent_context, result):
            if isinstance(event, (ThreadItemAddedEvent, ThreadItemDoneEvent)):
                if event.item.id not in id_map:  # CKF304
                    id_map[event.item.id] = f"msg_{uuid.uuid4().hex}"
                event.item.id = id_map[event.item.id]
            elif isinstance(event, ThreadItemUpdatedEvent):
                event.item_id = id_map.get(event.item_id, event.item_id)
            yield event

    async def greet(self, thread: ThreadMetadata, context: RequestContext) -> None:
        """Put a greeting at the start of a thread that the help page opened."""
        greeting = AssistantMessageItem(  # CKF106
            id=self.store.generate_item_id("message", thread, context),
            created_at=datetime.now(),
            content=[AssistantMessageContent(text="Hi! What can we do for you?")],
        )
        await self.store.add_thread_item(thread.id, greeting, context)


def create_app(store: Store[RequestContext]) -> FastAPI:
    app = FastAPI()
    server = SupportServer(store)

    def caller(request: Request) -> RequestContext:
        return RequestContext(user_id=request.session.get("user_id", ""))

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        if not caller(request).user_id:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        try:
            result = await server.process(await request.body(), RequestContext())  # CKF309
        except Exception as error:
            logger.exception("chatkit request failed")
            return JSONResponse({"error": str(error)}, status_code=500)  # CKF312
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

    @app.post("/threads")
    async def open_thread(request: Request) -> dict[str, str]:
        context = caller(request)
        thread = ThreadMetadata(
            id=store.generate_thread_id(context), created_at=datetime.now()
        )
        await store.save_thread(thread, context)
        await server.greet(thread, context)
        return {"id": thread.id}

    return app
