"""`python -m app`: serve the application as the settings say.

A setting that cannot work ends it with one line on stderr and exit code 2.
"""

import asyncio
import math
from typing import Final

import uvicorn

from .http.startup import cannot_start

# Answers end by themselves when the grace is over; what then still hangs is cut off. In all it is
# less than the 30 seconds after which most supervisors kill.
_SECONDS_MORE: Final = 5

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
        timeout_graceful_shutdown=math.ceil(settings.shutdown_grace) + _SECONDS_MORE,
        # Ours carry the request's id, and no query.
        access_log=False,
        log_config=None,
        server_header=False,
    )
