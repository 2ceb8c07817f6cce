"""Settings that cannot work: one line each, without a traceback and without the value.

Imported before the settings are read, so it reads none itself.
"""

import re
import sys
from typing import Final, NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# As for a command line that is wrong.
_EXIT_CODE: Final = 2
_WHERE: Final = "in the environment or in .env"


class StoreSettingError(ValueError):
    """Report settings that the store can never be opened with."""


def cannot_start(error: ValueError) -> NoReturn:
    """End the process with what is wrong; raises SystemExit."""
    print("\n".join(_lines(error)), file=sys.stderr)
    raise SystemExit(_EXIT_CODE)


class StartFailure:
    """Tell the server in a line why the application does not start; it would log a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; what it is asked and what it answers is passed on."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_in_short(message: Message) -> None:
            # Starlette reports an error while it handles it.
            error = sys.exc_info()[1]
            if isinstance(error, StoreSettingError):
                message["message"] = "\n".join(_lines(error))
            await send(message)

        await self._app(scope, receive, send_in_short)


def _lines(error: ValueError) -> list[str]:
    """Return a line for each setting: its variable, what is wrong with it, what to do."""
    match error:
        case ValidationError():
            # A list may have several bad entries: the first tells enough.
            problems: dict[str, str] = {}
            for problem in error.errors(include_url=False, include_input=False):
                name = "".join(str(part) for part in problem["loc"][:1]).upper()
                problems.setdefault(name, problem["msg"][:1].lower() + problem["msg"][1:])
            found = [f"{name}: {what}; correct it {_WHERE}" for name, what in problems.items()]
        case SettingsError() if named := re.search(r'field "(\w+)"', str(error)):
            found = [f"{named[1].upper()}: must be JSON; correct it {_WHERE}"]
        case UnicodeDecodeError():
            found = [".env: is not in UTF-8; save it in that encoding"]
        case _:
            found = [" ".join(str(error).split())]
    return [f"Cannot start: {line}" for line in found]
