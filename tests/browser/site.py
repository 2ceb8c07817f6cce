"""Runs a generated application as its users do, in a process of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .. import apps
from ..http.application import serving


@contextmanager
def running(
    folder: Path, chosen: apps.Combination, provider_url: str | None = None
) -> Generator[str, None, None]:
    """Write the application into `folder`, run it, and yield its URL.

    It answers through `provider_url` when there is one, else as the demo does.
    """
    apps.write(chosen, folder)
    settings = {
        "HOME": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'chat.db'}",
        "RATE_LIMIT": "10000/minute",
        "READ_RATE_LIMIT": "10000/minute",
    }
    if provider_url is not None:
        settings |= {"OPENAI_API_KEY": "not-a-key", "OPENAI_BASE_URL": provider_url}
    with serving(folder, settings, ["app"]) as application:
        yield application.url
