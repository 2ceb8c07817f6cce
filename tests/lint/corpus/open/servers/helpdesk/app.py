"""A help desk's assistant: FastAPI, the Agents SDK and two tools."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
from agents import Agent, Runner, RunContextWrapper, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import ProgressUpdateEvent, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response, StreamingResponse

from .tickets import Customer

if TYPE_CHECKING:
    from .tickets import TicketContext

logger = logging.getLogger(__name__)

INSTRUCTIONS = (
    "You work at the help desk of a software company. Look tickets up before you answer, "
    "and open one when the customer reports something new."
)


@function_tool
async def open_ticket(
    ctx: RunContextWrapper[AgentContext[Customer]], subject: str, body: str
) -> str:
    """Open a ticket for the customer."""
    await ctx.context.stream(ProgressUpdateEvent(text="Opening a ticket"))
    async with httpx.AsyncClient(base_url=os.environ["TICKETS_URL"]) as client:
        answer = await client.post(
            "/tickets",
            json={
                "customer": ctx.context.request_context.user_id,
                "subject": subject,
                "body": body,
            },
        )
    answer.raise_for_status()
    return answer.json()["number"]


@function_tool
async def find_tickets(ctx: RunContextWrapper[TicketContext], words: str) -> str:  # CKF306
    """Find the customer's own tickets."""
    async with httpx.AsyncClient(base_url=os.environ["TICKETS_URL"]) as client:
        answer = await client.get(
            "/tickets", params={"q": words, "customer": ctx.context.request_context.user_id}
        )
    answer.raise_for_status()
    return json.dumps(answer.json())


class HelpDeskServer(ChatKitServer[Customer]):
    def __init__(self, store: Store[Customer]) -> None:
        super().__init__(store)
        self.agent = Agent[AgentContext[Customer]](
            name="Help desk",
            model=os.environ["HELPDESK_MODEL"],
            instructions=INSTRUCTIONS,
            tools=[open_ticket, find_tickets],
        )

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Customer,
    ) -> AsyncIterator[ThreadStreamEvent]:
        items = await self.store.load_thread_items(thread.id, None, 30, "asc", context)  # CKF302
        agent_input = await simple_to_agent_input(items.data)
        agent_context = AgentContext[Customer](
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(self.agent, agent_input)  # CKF305
        async for event in stream_agent_response(agent_context, result):
            yield event


def create_app(store: Store[Customer]) -> FastAPI:
    app = FastAPI(title="Help desk")
    app.add_middleware(
        CORSMiddleware,
        allow_origins=os.environ["ALLOWED_ORIGINS"].split(","),
        allow_methods=["POST"],
        allow_headers=["content-type"],
    )
    server = HelpDeskServer(store)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        payload = await request.body()
        body: dict[str, Any] = json.loads(payload)
        user_id = body["metadata"]["user_id"]  # CKF403
        result = await server.process(payload, Customer(user_id=user_id))
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream")  # CKF307
        return Response(content=result.json, media_type="application/json")

    return app
