"""What a person sees and does on the page, under the names that assistive technology reads."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

LESSON = "/?chapter=3&lesson=loops"


_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`violated ${event.effectiveDirective}: ${event.blockedURI}`);
});
"""


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3]) + "/"


def body(request: Request) -> dict[str, Any]:
    """Return what a request of the protocol says."""
    return json.loads(request.post_data or "null")


@dataclass
class Chat:
    """One open page with the chat in it."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        """Listen to what should not happen: failing scripts, violated policies, other hosts."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.add_init_script(_TELL_VIOLATIONS)

    def _asked(self, url: str) -> None:
        own = self.page.url == "about:blank" or url.startswith(_origin(self.page.url))
        if not own and not url.startswith(("data:", "blob:")):
            self.complaints.append(f"asked {url}")

    def _heard(self, kind: str, text: str) -> None:
        # A refusal that a test asked for is the server's business, not the page's.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def open(self, address: str = LESSON) -> "Chat":
        """Open a page, and wait until the chat in it can be used."""
        self.page.goto(address)
        expect(self.page.locator(".chat-host textarea")).to_be_attached()
        return self

    @property
    def message(self) -> Locator:
        """Return the text field."""
        return self.page.get_by_role("textbox", name="Message")

    @property
    def items(self) -> Locator:
        """Return all items of the conversation."""
        return self.page.get_by_role("log", name="Messages").locator("> ol > li")

    @property
    def mine(self) -> Locator:
        """Return the user's messages."""
        return self.page.locator(".item-user_message .text")

    @property
    def answers(self) -> Locator:
        """Return the assistant's messages."""
        return self.page.locator(".item-assistant_message .answer")

    @property
    def alert(self) -> Locator:
        """Return what went wrong."""
        return self.page.get_by_role("alert").filter(has=self.page.locator("p"))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Return the button with this name."""
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def send(self, text: str) -> dict[str, Any]:
        """Send a message, and return the request that carried it."""
        self.message.fill(text)
        with self.page.expect_request("**/chatkit") as sent:
            self.message.press("Enter")
        return body(sent.value)

    def ask(self, text: str, answer: str) -> None:
        """Send a message and wait for all of its answer."""
        self.send(text)
        expect(self.answers.last).to_have_text(answer)
        self.idle()

    def idle(self) -> None:
        """Wait until nothing is being answered."""
        expect(self.button("Send message")).to_be_visible()

    def threads(self) -> Locator:
        """Open the list of conversations and return its rows."""
        toggle = self.button("Conversations")
        if toggle.get_attribute("aria-expanded") == "false":
            toggle.click()
        return self.page.get_by_role("navigation", name="Conversations").get_by_role("listitem")


@dataclass
class Browsers:
    """Opens one more visitor's browser each time it is asked."""

    new_context: Callable[..., BrowserContext]
    chats: list[Chat] = field(default_factory=list[Chat])

    def visitor(self, **options: Any) -> Chat:
        """Return a chat for a visitor that the site has never seen."""
        chat = Chat(self.new_context(**options).new_page())
        self.chats.append(chat)
        return chat
