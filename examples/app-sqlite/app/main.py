"""What an ASGI server runs: `uvicorn app.main:app`, or `python -m app` with the settings' address.

Tests import `create_app` from `application` instead: importing this module makes the application.
"""

from fastapi import FastAPI

from .application import create_app


def _create_or_leave() -> FastAPI:
    """Return the application; a wrong setting ends the process with one line, not a traceback."""
    try:
        return create_app()
    except ValueError as error:
        raise SystemExit(f"Cannot start: {error}") from None


app = _create_or_leave()
