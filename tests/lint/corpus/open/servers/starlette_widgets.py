"""Recipe assistant with widgets, on Starlette."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit import widgets
from chatkit.actions import Action
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartDone,
    HiddenContextItem,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from kitchen.context import KitchenContext

logger = logging.getLogger(__name__)

recipe_card = widgets.WidgetTemplate.from_file(str(Path(__file__).with_name("recipe.widget")))


@function_tool
async def show_recipe(ctx: RunContextWrapper[KitchenContext], name: str) -> str:  # CKF306
    """Show a recipe to the user."""
    card = recipe_card.build_basic({"name": name})  # CKF117
    await ctx.context.stream_widget(card)
    return f"The recipe for {name} is on screen."


@function_tool
async def show_timer(ctx: RunContextWrapper[AgentContext[Any]], minutes: int) -> str:
    """Show a kitchen timer."""
    timer = widgets.Card(children=[], size="sm")  # CKF117
    await ctx.context.stream_widget(timer, copy_text=f"{minutes} minutes")
    return "The timer runs."


chef = Agent[AgentContext[dict[str, Any]]](
    name="Chef",
    instructions="Help with cooking.",
    model=os.environ["CHAT_MODEL"],
    tools=[show_recipe, show_timer],
)


class RecipeServer(ChatKitServer[dict[str, Any]]):
    def __init__(self, store: Store[dict[str, Any]]) -> None:
        super().__init__(store)

    async def _history(self, thread: ThreadMetadata, context: dict[str, Any]) -> list[ThreadItem]:
        page = await self.store.load_thread_items(  # CKF302
            thread.id, None, 20, "asc", context
        )
        return page.data

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: dict[str, Any],
    ) -> AsyncIterator[ThreadStreamEvent]:
        items = await self._history(thread, context)
        agent_context = AgentContext(  # CKF309
            thread=thread, store=self.store, request_context={}
        )
        result = Runner.run_streamed(
            chef,
            await simple_to_agent_input(items),  # CKF308
            context=agent_context,
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def action(  # CKF102
        self,
        action: Action[str, Any],
        thread: ThreadMetadata,
        sender: WidgetItem | None,
        context: dict[str, Any],
    ) -> AsyncIterator[ThreadStreamEvent]:
        if action.type == "recipe.cooked":
            yield ThreadItemDoneEvent(
                item=HiddenContextItem(
                    id=self.store.generate_item_id("message", thread, context),
                    thread_id=thread.id,
                    created_at=datetime.now(),
                    content={"action": action.type, "payload": action.payload},
                )
            )
            yield AssistantMessageContentPartDone(  # CKF311
                content_index=0, content=AssistantMessageContent(text="Well done!")
            )

    async def shopping_list(self, thread_id: str, context: dict[str, Any]) -> list[str]:
        """Collect what the assistant said to buy."""
        thread = await self.store.load_thread(thread_id, context)
        lines: list[str] = []
        for item in await self._history(thread, context):
            text = " ".join(part.text for part in item.content)  # CKF110
            lines += [line[2:] for line in text.splitlines() if line.startswith("- ")]
        return lines


def create_app(store: Store[dict[str, Any]]) -> Starlette:
    server = RecipeServer(store)

    async def chatkit(request: Request) -> Response:
        if not request.user.is_authenticated:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        result = await server.process(
            await request.body(), {"user_id": request.user.identity}
        )
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
        return Response(result.json, media_type="application/json")

    async def shopping(request: Request) -> Response:
        if not request.user.is_authenticated:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        lines = await server.shopping_list(
            request.path_params["thread_id"], {"user_id": request.user.identity}
        )
        return JSONResponse(lines)

    return Starlette(
        routes=[
            Route("/chatkit", chatkit, methods=["POST"]),
            Route("/threads/{thread_id}/shopping", shopping),
        ]
    )
