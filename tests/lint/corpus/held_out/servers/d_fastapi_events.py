"""ChatKit endpoint of the energy advisor: FastAPI, dependencies, and a response class for event streams."""

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import jwt
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    HiddenContextItem,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    UserMessageTagContent,
)
from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from starlette.background import BackgroundTask

from energy.chat.persistence import open_store
from energy.metering import MeterReadings, UpstreamDown

log = logging.getLogger("energy.chat")

HISTORY_SIZE = 40


class Settings(BaseSettings):
    database_url: SecretStr
    jwt_public_key: str
    jwt_audience: str
    metering_url: str
    model: str = "gpt-5-mini"


@dataclass(frozen=True)
class Household:
    tenant_id: str
    user_id: str
    meter_id: str


class EventStream(StreamingResponse):
    """`text/event-stream` that neither caches nor lets a proxy hold frames back."""

    media_type = "text/event-stream"

    def __init__(
        self,
        content: AsyncIterator[bytes] | StreamingResult,
        status_code: int = status.HTTP_200_OK,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        merged = dict(headers or {})
        merged.setdefault("Cache-Control", "no-cache")
        merged.setdefault("Connection", "keep-alive")
        merged.setdefault("X-Accel-Buffering", "no")
        super().__init__(content, status_code=status_code, headers=merged, background=background)


class AdvisorConverter(ThreadItemConverter):
    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        return ResponseInputTextParam(type="input_text", text=f"The user mentions the device {tag.text} ({tag.id}).")

    async def hidden_context_to_input(self, item: HiddenContextItem) -> Any:
        if isinstance(item.content, str):
            return await super().hidden_context_to_input(item)
        return None


AdvisorContext = AgentContext[Household]


@lru_cache
def get_settings() -> Settings:
    return Settings()


def get_readings(settings: Annotated[Settings, Depends(get_settings)]) -> MeterReadings:
    return MeterReadings(settings.metering_url)


@function_tool
async def consumption(ctx: RunContextWrapper[AdvisorContext], month: str) -> str:
    """Consumption of the user's own meter in a month, given as YYYY-MM."""
    household = ctx.context.request_context
    readings = get_readings(get_settings())
    try:
        return f"{await readings.kilowatt_hours(household.meter_id, month)} kWh"
    except UpstreamDown:
        log.exception("metering is down, meter=%s", household.meter_id)
        return "The readings cannot be reached at the moment."


def build_advisor(settings: Settings) -> Agent[AdvisorContext]:
    return Agent[AdvisorContext](
        name="Energy advisor",
        model=settings.model,
        instructions="Explain the user's consumption and how to lower it. Use the readings, never guess.",
        tools=[consumption],
    )


class AdvisorServer(ChatKitServer[Household]):
    def __init__(self, store: Store[Household], advisor: Agent[AdvisorContext], converter: ThreadItemConverter) -> None:
        super().__init__(store)
        self._advisor = advisor
        self._converter = converter

    async def _recent(self, thread: ThreadMetadata, context: Household) -> list[ThreadItem]:
        """The newest items, oldest of them first; the message being answered is among them."""
        newest = await self.store.load_thread_items(thread.id, None, HISTORY_SIZE, "desc", context)
        return newest.data[::-1]

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Household
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AdvisorContext(thread=thread, store=self.store, request_context=context)
        model_input = await self._converter.to_agent_input(await self._recent(thread, context))
        result = Runner.run_streamed(self._advisor, model_input, context=agent_context)
        try:
            async for event in stream_agent_response(agent_context, result):
                yield event
        except UpstreamDown as error:
            log.exception("upstream failed in thread %s", thread.id)
            raise CustomStreamError("The advisor is not available right now.", allow_retry=True) from error


@lru_cache
def get_server() -> AdvisorServer:
    settings = get_settings()
    store: Store[Household] = open_store(settings.database_url.get_secret_value())
    return AdvisorServer(store, build_advisor(settings), AdvisorConverter())


bearer = HTTPBearer()


def get_household(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    settings: Annotated[Settings, Depends(get_settings)],
) -> Household:
    try:
        claims: dict[str, Any] = jwt.decode(
            credentials.credentials,
            settings.jwt_public_key,
            algorithms=["RS256"],
            audience=settings.jwt_audience,
            options={"require": ["exp", "sub", "tenant", "meter"]},
        )
    except jwt.PyJWTError as error:
        log.info("token refused: %s", error)
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "sign in again") from None
    return Household(tenant_id=claims["tenant"], user_id=claims["sub"], meter_id=claims["meter"])


app = FastAPI(title="Energy advisor")


@app.exception_handler(NotFoundError)
async def not_found(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"error": "not_found"}, status_code=status.HTTP_404_NOT_FOUND)


@app.post("/chatkit")
async def chatkit(
    request: Request,
    household: Annotated[Household, Depends(get_household)],
    server: Annotated[AdvisorServer, Depends(get_server)],
) -> Response:
    result = await server.process(await request.body(), household)
    if isinstance(result, StreamingResult):
        return EventStream(result)
    return Response(content=result.json, media_type="application/json")
