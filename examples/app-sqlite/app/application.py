"""What the application is made of, and the order in which it starts and stops."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import Depends, FastAPI

from .assistant.agent import build_agent
from .assistant.model import make_title_model
from .http import auth, chatkit, errors, features, health, origin, pages, simple
from .http.rate_limit import RateLimits
from .http.request_log import RequestLog, configure_logging
from .http.running import Running
from .server import AssistantServer
from .stores.errors import StoreUnavailable
from .stores.sqlite import SqliteStore

logger = logging.getLogger(__name__)


def create_app(store: SqliteStore | None = None) -> FastAPI:
    """Return the application on this store, by default the one that the settings name.

    Nothing is opened before it starts. Raises ValueError for settings that cannot work.
    """
    configure_logging()
    kept = store or SqliteStore()
    server = AssistantServer(agent=build_agent(), store=kept, title_model=make_title_model())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(kept.close)
            try:
                await kept.connect()
            except StoreUnavailable as error:
                # It connects later by itself; until then /readyz says 503, and so do requests.
                logger.error("the store does not answer yet: %s", error)
            # Before the store is closed: answers that were cut short are still being stored.
            stack.push_async_callback(server.aclose)
            yield

    app = FastAPI(
        lifespan=lifespan,
        dependencies=[Depends(origin.same_origin)],
        # The protocol has one path and many types: a generated page would tell nothing of it.
        openapi_url=None,
    )
    app.state.running = Running(server, RateLimits())
    for module in (chatkit, simple, features, health):
        app.include_router(module.router)
    pages.install(app)
    errors.install(app)
    # The last one added is the first to see a request.
    auth.install(app)
    origin.install(app)
    app.add_middleware(RequestLog)
    return app
