"""Support desk of the web shop: a triage agent, two specialists and guard rails around them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    OutputGuardrailTripwireTriggered,
    RunContextWrapper,
    Runner,
    TResponseInputItem,
    function_tool,
    input_guardrail,
    output_guardrail,
)
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    NoticeEvent,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from pydantic import BaseModel

from shop.orders import OrderGateway

if TYPE_CHECKING:
    from shop.refunds import RefundReason

log = logging.getLogger("shop.support")

HISTORY_WINDOW = 30
CARD_DIGITS = 13

orders = OrderGateway.from_environment()


@dataclass(frozen=True)
class ShopContext:
    tenant_id: str
    customer_id: str


SupportContext = AgentContext[ShopContext]


class Relevance(BaseModel):
    about_the_shop: bool
    reasoning: str


def relevance_instructions(ctx: RunContextWrapper[SupportContext], agent: Agent[SupportContext]) -> str:
    shop = ctx.context.request_context.tenant_id
    return f"Decide whether the last message is about an order, a product or an account of the shop {shop}."


relevance_agent = Agent[SupportContext](
    name="Relevance check",
    instructions=relevance_instructions,
    output_type=Relevance,
)


@input_guardrail
async def only_shop_matters(
    ctx: RunContextWrapper[SupportContext],
    agent: Agent[Any],
    input: str | list[TResponseInputItem],
) -> GuardrailFunctionOutput:
    verdict = await Runner.run(relevance_agent, input)  # CKF305
    relevance = verdict.final_output_as(Relevance)
    return GuardrailFunctionOutput(output_info=relevance, tripwire_triggered=not relevance.about_the_shop)


@output_guardrail
async def no_card_numbers(
    ctx: RunContextWrapper[SupportContext],
    agent: Agent[Any],
    output: str,
) -> GuardrailFunctionOutput:
    digits = sum(character.isdigit() for character in output)
    return GuardrailFunctionOutput(output_info={"digits": digits}, tripwire_triggered=digits >= CARD_DIGITS)


@function_tool
async def order_status(ctx: RunContextWrapper[SupportContext], order_number: str) -> str:
    """State of one of the customer's own orders."""
    shop = ctx.context.request_context
    return await orders.status(shop.tenant_id, shop.customer_id, order_number)


@function_tool
async def request_refund(
    ctx: RunContextWrapper[SupportContext],
    order_number: str,
    reason: RefundReason,  # CKF306
) -> str:
    """Ask for the refund of one of the customer's own orders."""
    shop = ctx.context.request_context
    return await orders.refund(shop.tenant_id, shop.customer_id, order_number, reason)


delivery_agent = Agent[SupportContext](
    name="Delivery",
    handoff_description="Where an order is and when it comes",
    instructions="Answer from the order's state only.",
    tools=[order_status],
    output_guardrails=[no_card_numbers],
)
refund_agent = Agent[SupportContext](
    name="Refunds",
    handoff_description="Returns and refunds",
    instructions="Look at the order first, then ask for the refund once the customer has confirmed it.",
    tools=[order_status, request_refund],
    output_guardrails=[no_card_numbers],
)
triage_agent = Agent[SupportContext](
    name="Triage",
    instructions="Hand the customer over to the specialist who can help.",
    handoffs=[delivery_agent, refund_agent],
    input_guardrails=[only_shop_matters],
)


class SupportServer(ChatKitServer[ShopContext]):
    def __init__(self, store: Store[ShopContext], converter: ThreadItemConverter) -> None:
        super().__init__(store)
        self._converter = converter

    async def _conversation(
        self, thread: ThreadMetadata, message: UserMessageItem | None, context: ShopContext
    ) -> list[ThreadItem]:
        page = await self.store.load_thread_items(thread.id, None, HISTORY_WINDOW, "desc", context)
        items: list[ThreadItem] = list(reversed(page.data))
        if message is not None:
            items.append(message)  # CKF303
        return items

    def _reply(self, thread: ThreadMetadata, text: str, context: ShopContext) -> AssistantMessageItem:
        return AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[AssistantMessageContent(text=text)],
        )

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: ShopContext
    ) -> AsyncIterator[ThreadStreamEvent]:
        conversation = await self._conversation(thread, input_user_message, context)
        agent_context = SupportContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            triage_agent,
            await self._converter.to_agent_input(conversation),
            context=agent_context,
        )
        try:
            async for event in stream_agent_response(agent_context, result):
                yield event
        except InputGuardrailTripwireTriggered:
            log.info("message refused, thread=%s", thread.id)
            yield self._reply(thread, "I can only help with orders, products and accounts.", context)  # CKF311
        except OutputGuardrailTripwireTriggered:
            log.warning("answer withheld, thread=%s", thread.id)
            yield NoticeEvent(level="error", message="The answer was withheld for safety.")  # CKF107
