from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import RunContextWrapper, function_tool
from chatkit.agents import AgentContext

if TYPE_CHECKING:
    from app.context import RequestContext


@function_tool
async def guarded(
    ctx: RunContextWrapper[AgentContext[RequestContext]],  # CKF306
) -> str:
    return str(ctx)


@function_tool(name_override="later")
def later(ctx: RunContextWrapper[Later]) -> str:  # CKF306
    return str(ctx)


class Later: ...


@function_tool
async def fine(ctx: RunContextWrapper[Any], name: str, count: int = 1) -> str:
    return f"{ctx}{name}{count}"


async def no_tool(ctx: RunContextWrapper[RequestContext]) -> str:
    return str(ctx)


class Tools:
    def listed(self) -> list[Any]:
        @function_tool
        async def page(ctx: RunContextWrapper[RequestContext]) -> str:  # CKF306
            return str(ctx)

        @function_tool
        async def title(ctx: RunContextWrapper[Defined]) -> str:
            return str(ctx)

        return [page, title]


class Defined: ...
