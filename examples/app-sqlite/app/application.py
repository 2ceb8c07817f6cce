"""What the application is made of, and the order in which it starts and stops."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import Depends, FastAPI

from .assistant.agent import build_agent
from .assistant.model import make_model, make_title_model
from .config import settings
from .http import auth, chatkit, errors, features, health, origin, pages, simple
from .http.rate_limit import RateLimits
from .http.request_log import RequestLog, configure_logging
from .http.running import Running
from .http.startup import StartFailure, StoreSettingError
from .http.stopping import after_signal
from .server import AssistantServer
from .stores.errors import StoreSchemaError, StoreUnavailable
from .stores.sqlite import SqliteStore

logger = logging.getLogger(__name__)


def create_app(store: SqliteStore | None = None) -> FastAPI:
    """Return the application on this store, by default the one that the settings name.

    Nothing is opened before it starts. Raises ValueError for settings that cannot work.
    """
    configure_logging()
    kept = store or SqliteStore()
    limits = RateLimits()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # It runs when all that is made further down is there.
        async with AsyncExitStack() as stack:
            stack.push_async_callback(kept.close)
            try:
                await _connect(kept)
            except StoreUnavailable as error:
                # It connects later by itself; until then /readyz says 503, and so do requests.
                logger.error("the store does not answer yet: %s", error)
            stack.push_async_callback(limits.aclose)
            stack.push_async_callback(model.close)
            if title_model is not None:
                stack.push_async_callback(title_model.close)
            # Before the store is closed: answers that were cut short are still being stored.
            stack.push_async_callback(server.aclose)
            stack.enter_context(after_signal(settings.shutdown_grace, server.interrupt))
            yield

    app = FastAPI(
        lifespan=lifespan,
        dependencies=[Depends(origin.same_origin)],
        # The protocol has one path and many types: a generated page would tell nothing of it.
        openapi_url=None,
    )
    for module in (chatkit, simple, features, health):
        app.include_router(module.router)
    errors.install(app)
    # The last one added is the first to see a request.
    auth.install(app)
    origin.install(app)
    pages.install(app)
    app.add_middleware(RequestLog)
    app.add_middleware(StartFailure)
    # After all that refuses settings: which model answers is worth a line in the log, but not
    # before one that tells why nothing does.
    model, title_model = make_model(), make_title_model()
    server = AssistantServer(agent=build_agent(model), store=kept, title_model=title_model)
    app.state.running = Running(server, limits)
    return app


async def check_store() -> None:
    """Open the store of the settings once; raise StoreSettingError where it can never work.

    One that is down is none of that: it may be there in a moment.
    """
    store = SqliteStore()
    try:
        with suppress(StoreUnavailable):
            await _connect(store)
    finally:
        await store.close()


async def _connect(store: SqliteStore) -> None:
    """Open the store; raise StoreSettingError or StoreUnavailable."""
    try:
        await store.connect()
    except (ValueError, StoreSchemaError) as error:
        raise StoreSettingError(f"DATABASE_URL: {error}") from error
