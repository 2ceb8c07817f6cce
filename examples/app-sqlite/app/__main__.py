"""`python -m app`: serve the application as the settings say."""

import uvicorn

from .config import settings
from .main import app

if __name__ == "__main__":
    uvicorn.run(
        app,
        host=settings.app_host,
        port=settings.app_port,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        # After that many seconds running answers are cut short; what is written is kept.
        timeout_graceful_shutdown=round(settings.shutdown_grace) or 1,
        # Ours carry the request's id, and no query.
        access_log=False,
        log_config=None,
        server_header=False,
    )
