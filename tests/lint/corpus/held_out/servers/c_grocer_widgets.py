"""Shopping assistant of the grocer's web shop: product widgets, a basket that lives in the browser.

The basket is never sent to us. The assistant reads and opens it through client tools; the result
comes back as a `threads.add_client_tool_output` request, after which `respond` runs once more
without a user message.
"""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

from agents import Agent, RunContextWrapper, Runner, StopAtTools, function_tool
from chatkit.actions import Action
from chatkit.agents import (
    AgentContext,
    ClientToolCall,
    ThreadItemConverter,
    stream_agent_response,
)
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from chatkit.types import (
    ClientEffectEvent,
    HiddenContextItem,
    NoticeEvent,
    ProgressUpdateEvent,
    StreamOptions,
    ThreadItemDoneEvent,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from chatkit.widgets import DynamicWidgetRoot, WidgetTemplate
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from grocer.catalogue import Catalogue, Product
from grocer.sessions import SessionError, read_session

logger = logging.getLogger("grocer.assistant")

PRODUCT_CARD = WidgetTemplate.from_file("widgets/product.widget")
SSE_HEADERS = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


class ShopContext(BaseModel):
    """Request context: who is shopping, and the catalogue of the branch they shop at."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    shopper_id: str
    catalogue: Catalogue


ShopRun = RunContextWrapper[AgentContext[ShopContext]]


class PickPayload(BaseModel):
    """Payload of the button below a product."""

    sku: str
    amount: int = 1


def product_card(product: Product, *, picked: bool = False) -> DynamicWidgetRoot:
    """Render one product. A picked product shows a tick instead of its button."""
    return PRODUCT_CARD.build(
        {
            "sku": product.sku,
            "name": product.name,
            "price": f"{product.cents / 100:.2f}",
            "picked": picked,
        }
    )


@function_tool
async def show_product(ctx: ShopRun, sku: str) -> str:
    """Show a product of the catalogue to the shopper.

    Args:
        sku: Article number, as found by search_products.
    """
    product = await ctx.context.request_context.catalogue.find(sku)
    if product is None:
        return f"There is no article {sku}."
    await ctx.context.stream_widget(product_card(product), copy_text=product.name)
    return f"The shopper sees {product.name} now."


@function_tool
async def search_products(ctx: ShopRun, words: str, sort: Literal["price", "name"] = "name") -> str:
    """Search the catalogue of the shopper's branch.

    Args:
        words: What the shopper is looking for.
        sort: How to sort the results.
    """
    await ctx.context.stream(ProgressUpdateEvent(icon="search", text="Looking through the shelves"))
    found = await ctx.context.request_context.catalogue.search(words, sort=sort)
    return "\n".join(f"{product.sku}: {product.name}" for product in found) or "Nothing found."


@function_tool
async def read_basket(ctx: ShopRun) -> None:
    """Ask the browser what is in the basket."""
    ctx.context.client_tool_call = ClientToolCall(name="read_basket", arguments={})


@function_tool
async def open_basket(ctx: ShopRun, highlight: list[str]) -> None:
    """Open the basket in the browser.

    Args:
        highlight: Article numbers to point at.
    """
    ctx.context.client_tool_call = ClientToolCall(
        name="open_basket", arguments={"highlight": highlight}
    )


def shopping_agent(model: str) -> Agent[AgentContext[ShopContext]]:
    """The agent. Client tools end the run: their answer arrives with a later request."""
    return Agent(
        name="Grocer",
        model=model,
        instructions="You help people shop for groceries. Be brief. Prices are in euros.",
        tools=[show_product, search_products, read_basket, open_basket],
        tool_use_behavior=StopAtTools(stop_at_tool_names=["read_basket", "open_basket"]),
    )


class GrocerServer(ChatKitServer[ShopContext]):
    def __init__(self, store: Store[ShopContext], model: str, history: int = 40) -> None:
        super().__init__(store=store)
        self.agent = shopping_agent(model)
        self.history = history
        self.converter = ThreadItemConverter()  # no uploads and no tags in this shop

    def get_stream_options(self, thread: ThreadMetadata, context: ShopContext) -> StreamOptions:
        return StreamOptions(allow_cancel=True)

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: ShopContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        newest = await self.store.load_thread_items(
            thread.id, after=None, limit=self.history, order="desc", context=context
        )
        agent_context: AgentContext[ShopContext] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(
            self.agent,
            await self.converter.to_agent_input(list(reversed(newest.data))),
            context=agent_context,
            max_turns=8,
        )
        async for event in stream_agent_response(agent_context, result):
            yield event

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: ShopContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """The button below a product was pressed: tick the card, fill the browser's basket."""
        if action.type != "product.pick" or sender is None:
            logger.warning("ignored action %s", action.type)
            return
        try:
            pick = PickPayload.model_validate(action.payload)
        except ValidationError:
            logger.exception("odd payload of %s", action.type)
            yield NoticeEvent(level="warning", message="That did not work, please try again.")
            return
        product = await context.catalogue.find(pick.sku)
        if product is None:
            yield NoticeEvent(level="info", message="This product has just sold out.")
            return
        yield ClientEffectEvent(
            name="basket.add", data={"sku": product.sku, "amount": pick.amount}
        )
        yield ThreadItemReplacedEvent(
            item=sender.model_copy(update={"widget": product_card(product, picked=True)})
        )
        # Never shown; tells the model about the click when it answers next.
        yield ThreadItemDoneEvent(
            item=HiddenContextItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=datetime.now(),
                content=f"The shopper put {pick.amount} x {product.name} into the basket.",
            )
        )


class AssistantEndpoint:
    """Starlette endpoint; `routes()` is mounted by the shop's application."""

    def __init__(self, server: GrocerServer, catalogues: dict[str, Catalogue]) -> None:
        self.server = server
        self.catalogues = catalogues

    def routes(self) -> list[Route]:
        return [Route("/assistant", self.chat, methods=["POST"])]

    async def chat(self, request: Request) -> Response:
        try:
            session = await read_session(request.cookies.get("shop_session"))
        except SessionError:
            return JSONResponse({"error": "signed_out"}, status_code=401)
        context = ShopContext(
            shopper_id=session.shopper_id, catalogue=self.catalogues[session.branch]
        )
        result = await self.server.process(await request.body(), context)
        if isinstance(result, StreamingResult):
            return StreamingResponse(
                result, media_type="text/event-stream", headers=SSE_HEADERS
            )
        return Response(result.json, media_type="application/json")
