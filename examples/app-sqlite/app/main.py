"""What an ASGI server runs: `uvicorn app.main:app`; `python -m app` has the settings' address.

Tests import `create_app` from `application` instead: importing this module makes the application.
"""

from .http.startup import cannot_start

try:
    # The settings are read when it is imported.
    from .application import create_app

    app = create_app()
except ValueError as error:
    cannot_start(error)
