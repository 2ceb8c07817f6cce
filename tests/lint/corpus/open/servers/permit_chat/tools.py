"""What the permit assistant can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import RunContextWrapper, function_tool
from chatkit.agents import AgentContext
from chatkit.types import ProgressUpdateEvent

from .registry import find_permit, fee_table

if TYPE_CHECKING:
    from .store import Clerk


@function_tool
async def permit_status(  # CKF306
    ctx: RunContextWrapper[AgentContext[Clerk]], permit_no: str
) -> str:
    """Look a permit up in the register of the clerk's office."""
    run = ctx.context
    await run.stream(ProgressUpdateEvent(icon="document", text=f"Opening file {permit_no}"))
    permit = await find_permit(run.request_context.office, permit_no)
    return permit.describe() if permit else "No such permit in this office."


@function_tool
async def fee_for(ctx: RunContextWrapper[Any], kind: str, area_sqm: float) -> str:
    """Work out the fee of a building permit."""
    rate = fee_table().get(kind)
    if rate is None:
        return f"There is no fee for {kind!r}"
    return f"{rate.base + rate.per_sqm * area_sqm:.2f} EUR"
