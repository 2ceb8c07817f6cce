"""Where the chat stands: beside a lesson, above it on a phone, in somebody else's page."""

import pytest
from playwright.sync_api import expect

from ..provider.script import Say
from ..provider.stand_in import StandIn
from .chat import LESSON, Browsers, Chat, body

pytestmark = pytest.mark.needs("chromium")

_CDN = "asked https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"
_PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browsers: Browsers) -> Chat:
    """Open the lesson on a phone; without motion, so that what is measured has arrived."""
    options = {"viewport": _PHONE, "has_touch": True, "reduced_motion": "reduce"}
    return browsers.visitor(**options).open()


def test_on_a_phone_the_chat_opens_above_the_page(phone: Chat, model: StandIn) -> None:
    """A button opens it over the whole screen, Escape closes it and gives the focus back."""
    launcher = phone.button("Ask the book")
    expect(phone.message).to_be_hidden()
    launcher.click()
    expect(phone.message).to_be_focused()
    box = phone.page.get_by_role("dialog", name="Ask the book").bounding_box()
    assert box == {"x": 0, "y": 0} | _PHONE
    model.will(Say("It fits."))
    phone.ask("Does it fit?", "It fits.")
    phone.page.keyboard.press("Escape")
    expect(phone.message).to_be_hidden()
    expect(launcher).to_be_focused()


def test_the_focus_stays_in_a_chat_that_covers_the_page(phone: Chat) -> None:
    """Tab goes round inside: what is behind cannot be seen."""
    phone.button("Ask the book").click()
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        assert phone.page.evaluate("document.activeElement.className") == "chat-host"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(browsers: Browsers, model: StandIn, width: int) -> None:
    """Long words, code and tables scroll in their own place, not the page."""
    chat = browsers.visitor(viewport={"width": width, "height": 800}).open()
    if chat.button("Ask the book").is_visible():
        chat.button("Ask the book").click()
    word = "w" * 300
    model.will(Say(f"{word}\n\n```\n{word}\n```\n\n| {word} | b |\n|---|---|\n| 1 | 2 |"))
    chat.send(word)
    expect(chat.answers.locator("table")).to_be_visible()
    area = chat.page.get_by_role("group", name="Conversation")
    assert area.evaluate("area => area.scrollWidth <= area.clientWidth")
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_script_tag_mounts_it_in_any_page(chat: Chat, model: StandIn) -> None:
    """A bare page gets a floating chat that works, untouched by the page's styles."""
    bare = (
        "<!doctype html><title>Bare</title><style>button { display: none } "
        "* { color: red !important; letter-spacing: 9px }</style><h1>Bare</h1>"
        "<script type=module src=/web/chat.js data-title=Help data-chapter=7></script>"
    )
    chat.page.route("**/bare", lambda route: route.fulfill(content_type="text/html", body=bare))
    chat.page.goto("/bare")
    chat.button("Help").click()
    model.will(Say("Anywhere."))
    sent = chat.send("Where are you?")
    expect(chat.answers).to_have_text("Anywhere.")
    assert sent["metadata"]["page_context"] == {"current_chapter": 7, "current_lesson": None}
    style = "each => (({color, letterSpacing}) => [color, letterSpacing])(getComputedStyle(each))"
    assert chat.page.locator("h1").evaluate(style) == ["rgb(255, 0, 0)", "9px"]
    colour, spacing = chat.answers.evaluate(style)
    assert colour != "rgb(255, 0, 0)"
    assert spacing == "normal"


def test_a_page_can_mount_and_unmount_it(chat: Chat, model: StandIn) -> None:
    """`mount` takes tools and a page, as React components hand them over; `unmount` cleans up."""
    chat.page.goto("/web/README.md")
    chat.page.evaluate(
        """async () => {
          const { mount } = await import("/web/chat.js");
          const page = () => ({ chapter: "2", lesson: "intro" });
          window.chat = mount({ target: document.body, title: "Mine", page });
        }"""
    )
    model.will(Say("Mounted."))
    sent = chat.send("Hello")
    expect(chat.answers).to_have_text("Mounted.")
    assert sent["metadata"]["page_context"] == {"current_chapter": 2, "current_lesson": "intro"}
    chat.page.evaluate("window.chat.unmount()")
    expect(chat.page.locator(".chat-host")).to_have_count(0)


def test_files_are_offered_only_where_they_are_taken(chat: Chat) -> None:
    """This server takes no attachments: there is no button for them, and nothing is asked."""
    with chat.page.expect_response("**/features") as features:
        chat.page.reload()
    assert features.value.json() == {}
    expect(chat.message).to_be_visible()
    expect(chat.button("Attach files")).to_have_count(0)


def test_the_component_of_openai_gets_this_server(chat: Chat) -> None:
    """Its page loads the script from the CDN, under a policy that allows it, and sets it up."""
    component = """
      customElements.define("openai-chatkit", class extends HTMLElement {
        async setOptions(options) {
          const request = JSON.stringify({ type: "threads.list", params: {} });
          const { fetch, url, domainKey } = options.api;
          const answer = await fetch(url, { method: "POST", body: request });
          this.textContent = `${domainKey} ${answer.status}`;
        }
      });
    """
    chat.page.route(
        "https://cdn.platform.openai.com/**",
        lambda route: route.fulfill(content_type="text/javascript", body=component),
    )
    with chat.page.expect_request("**/chatkit") as sent:
        chat.page.goto("/web/chatkit.html?chapter=3&lesson=loops")
    expect(chat.page.locator("openai-chatkit")).to_have_text("domain_pk_localhost_dev 200")
    assert body(sent.value)["metadata"]["page_context"]["current_lesson"] == "loops"
    chat.complaints.remove(_CDN)


def test_without_a_network_the_component_says_so(chat: Chat) -> None:
    """Its page leads to the chat that needs none."""
    chat.page.route("https://cdn.platform.openai.com/**", lambda route: route.abort())
    chat.page.goto("/web/chatkit.html")
    expect(chat.page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(chat.page.get_by_role("link")).to_have_attribute("href", "/")
    chat.complaints.remove(_CDN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_colour_schemes(
    browsers: Browsers, model: StandIn, scheme: str
) -> None:
    """Every kind of text has the contrast that WCAG AA asks for."""
    chat = browsers.visitor(color_scheme=scheme).open(LESSON)
    model.will(Say("An answer with [a link](https://example.com), `code` and\n\n> a quote"))
    chat.send("How does it look?")
    expect(chat.answers).to_contain_text("a quote")
    chat.idle()
    chat.threads()
    contrasts = chat.page.evaluate(_CONTRASTS)
    assert {"A a link", "CODE code", "P a quote", "H3 Conversations"} <= contrasts.keys()
    assert {text: ratio for text, ratio in contrasts.items() if ratio < 4.5} == {}


# The contrast of each element that has text of its own with the nearest painted background.
_CONTRASTS = """() => {
  const root = document.querySelector(".chat-host").shadowRoot;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = ([r, g, b]) => [r, g, b]
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const background = (element) => {
    const colour = rgb(getComputedStyle(element).backgroundColor);
    return colour[3] === 255 ? colour : background(element.parentElement);
  };
  const found = {};
  for (const element of root.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest(".hidden-label")) continue;
    const pair = [rgb(getComputedStyle(element).color), background(element)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    found[`${element.tagName} ${element.textContent.slice(0, 30)}`] = Math.round(ratio * 100) / 100;
  }
  return found;
}"""
