"""`python -m app`: serve the application as the settings say.

A setting that cannot work ends it with one line on stderr and exit code 2.
"""

import asyncio
import math

import uvicorn

from .http.startup import cannot_start

if __name__ == "__main__":
    try:
        # The settings are read when they are imported.
        from .application import check_store, create_app
        from .config import settings

        # Uvicorn would open the store later, and tell more than one line.
        asyncio.run(check_store())
        app = create_app()
    except ValueError as error:
        cannot_start(error)
    uvicorn.run(
        app,
        host=settings.app_host,
        port=settings.app_port,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        # After that many seconds running answers are cut short; what is written is kept.
        timeout_graceful_shutdown=math.ceil(settings.shutdown_grace),
        # Ours carry the request's id, and no query.
        access_log=False,
        log_config=None,
        server_header=False,
    )
