"""The provider's stand-in, the application, the browser, and a new visitor for each test."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from ..apps import Combination
from ..provider.script import Say
from ..provider.stand_in import StandIn, standing_in
from ..servers import chromium
from . import site
from .chat import Browsers, Chat

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE = 20_000  # ms, for two busy cores


@pytest.fixture(scope="session")
def provider() -> Generator[StandIn]:
    """Stand in for the provider's API."""
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def model(provider: StandIn) -> Generator[StandIn]:
    """Lend the stand-in to one test, which must use up what it told it."""
    yield provider
    provider.let_go()
    assert provider.forget() == 0


@pytest.fixture(scope="session")
def site_url(provider: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run the plain application on SQLite, in front of the stand-in."""
    folder = tmp_path_factory.mktemp("site")
    with site.running(folder, Combination("sqlite"), provider.base_url) as url:
        yield url


# For one module and not for the session: as long as Playwright runs, its event loop is the
# thread's running one, and tests elsewhere could not start their own.
@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Start Chromium; fails with how to get it where there is none."""
    path = chromium.path()
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        started.close()


@pytest.fixture
def browsers(browser: Browser, site_url: str) -> Generator[Browsers]:
    """Lend visitors' browsers; none of them may have complained at the end."""

    def new_context(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=site_url, locale="en-GB", **options)
        context.set_default_timeout(_PATIENCE)
        return context

    lent = Browsers(new_context)
    yield lent
    for chat in lent.chats:
        chat.page.context.close()
    assert [chat.complaints for chat in lent.chats if chat.complaints] == []


@pytest.fixture
def chat(browsers: Browsers) -> Chat:
    """Open the sample lesson for a new visitor."""
    return browsers.visitor().open()


@pytest.fixture
def answered(chat: Chat, model: StandIn) -> Chat:
    """Open the lesson with one question that was answered."""
    model.will(Say("Because of the loop."))
    chat.ask("Why is it?", "Because of the loop.")
    return chat
