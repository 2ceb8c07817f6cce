from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import RunContextWrapper, function_tool
from chatkit.agents import AgentContext
import typing as t
import agents
from agents import Agent
from agents.tool import function_tool as tool
from typing import Annotated
from typing import Annotated
import typing as t
import agents
from agents import Agent, FunctionTool
from agents.tool import function_tool as tool

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


if TYPE_CHECKING:
    from app.context import RequestContext
if t.TYPE_CHECKING:
    from app.other import Other


@function_tool
async def a(ctx: RunContextWrapper[AgentContext[RequestContext]]) -> str:  # CKF306
    return ""


@agents.function_tool(name_override="b")
async def b(ctx: RunContextWrapper[Other], q: str) -> str:  # CKF306
    return ""


async def c(ctx: RunContextWrapper[AgentContext[RequestContext]], q: str) -> str:  # CKF306
    return ""


C = function_tool(c)


async def d(ctx: RunContextWrapper[AgentContext[RequestContext]], q: str) -> str:
    return ""


async def e(ctx: RunContextWrapper[Any], q: RequestContext) -> str:  # CKF306
    return ""


agent = Agent[Any](name="x", tools=[function_tool(e), function_tool(strict_mode=False)(c)])


@tool
async def f(ctx: RunContextWrapper[Afterwards]) -> str:  # CKF306
    return ""


class Afterwards:
    pass


@tool
async def g(ctx: RunContextWrapper[Afterwards]) -> str:
    return ""


@tool
async def h(ctx: Annotated[RunContextWrapper[Any], "the context"], q: str) -> RequestContext:  # CKF306
    return ""


def make() -> Any:
    class Local:
        pass

    async def inner(ctx: RunContextWrapper[Local]) -> str:  # CKF306
        return ""

    return function_tool(inner)


class MethodTools:
    def tools(self) -> list[Any]:
        return [function_tool(self.search), function_tool(self.find)]

    async def search(self, ctx: RunContextWrapper[AgentContext[RequestContext]], q: str) -> str:  # CKF306
        return ""

    async def find(self, ctx: RunContextWrapper[Any], q: str) -> str:
        return ""


@tool
async def i(ctx: RunContextWrapper[Undefined]) -> str:  # CKF306
    return ""
