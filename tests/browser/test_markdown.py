"""Answers as nodes: what Markdown becomes, and what a hostile one does not."""

import re

import pytest
from playwright.sync_api import Page, expect

from ..provider.script import Hold, Say
from ..provider.stand_in import StandIn
from .chat import Chat

pytestmark = pytest.mark.needs("chromium")

_HOSTILE = """\
<script>window.owned = 1</script>
<img src=x onerror="window.owned = 2"><svg onload="window.owned = 3">

[click](javascript:window.owned=4) [tab](java\tscript:window.owned=5)
[data](data:text/html,<script>window.owned=6</script>) [vb](vbscript:x)
[entity](&#106;avascript:window.owned=7) <javascript:window.owned=8>
![picture](https://elsewhere.invalid/pixel.png)

| <b onclick="window.owned = 9">cell</b> |
| --- |
| [x](JaVaScRiPt:window.owned=10) |

```<script>window.owned = 11</script>
"><script>window.owned = 12</script>
```

[good](https://example.com/a?b=c) [mail](mailto:someone@example.com) [near](/lesson)
"""


def test_a_hostile_answer_does_nothing(chat: Chat, model: StandIn) -> None:
    """Scripts, handlers and javascript: links of an answer stay text; nothing is loaded."""
    model.will(Say(_HOSTILE))
    chat.send("Attack me")
    answer = chat.answers
    expect(answer.get_by_role("link", name="near")).to_be_visible()
    chat.idle()
    expect(answer).to_contain_text("<script>window.owned = 1</script>")
    expect(answer.locator("script, img, svg:not(.icon), b, iframe, style")).to_have_count(0)
    links = answer.locator("a")
    hrefs = links.evaluate_all("links => links.map(link => link.href)")
    assert {"https://example.com/a?b=c", "mailto:someone@example.com"} <= set(hrefs)
    # A picture is a link: showing it would load it.
    assert "https://elsewhere.invalid/pixel.png" in hrefs
    assert all(re.match(r"https?://|mailto:", href) for href in hrefs)
    assert links.evaluate_all("links => links.every(link => link.rel.includes('noopener'))")
    for text in ("click", "data", "vb", "x"):
        answer.get_by_text(text, exact=True).first.click()
    assert chat.page.evaluate("window.owned") is None


def test_a_hostile_title_and_message_stay_text(chat: Chat, model: StandIn) -> None:
    """What the user writes is shown as it was written, also as the conversation's title."""
    evil = "<img src=x onerror='window.owned = 1'> **not bold**"
    model.will(Say("No."))
    chat.ask(evil, "No.")
    expect(chat.mine).to_have_text(evil)
    expect(chat.threads()).to_contain_text("<img src=x")
    assert chat.page.evaluate("window.owned") is None


def test_the_policy_stops_what_would_get_through(chat: Chat) -> None:
    """The page's own policy refuses inline scripts, and these tests would notice."""
    chat.page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.owned = 1'}))"
    )
    assert chat.page.evaluate("window.owned") is None
    assert any("violated script-src" in complaint for complaint in chat.complaints)
    chat.complaints.clear()


def test_markdown_becomes_elements(chat: Chat, model: StandIn) -> None:
    """Headings, lists, tables, code and emphasis are elements, not signs."""
    model.will(
        Say("# Title\n\n1. one\n2. **two**\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```py\nx = 1\n```")
    )
    chat.send("Show off")
    answer = chat.answers
    expect(answer.get_by_role("heading", name="Title")).to_be_visible()
    expect(answer.get_by_role("listitem")).to_have_text(["one", "two"])
    expect(answer.locator("strong")).to_have_text("two")
    expect(answer.get_by_role("columnheader")).to_have_text(["a", "b"])
    expect(answer.locator("pre code")).to_have_text("x = 1")


def test_what_is_written_already_keeps_its_nodes(chat: Chat, model: StandIn) -> None:
    """A selection in the first paragraph survives the rest of the answer."""
    hold = Hold()
    model.will(Say("The first paragraph.\n\nThe second ", hold, "is longer.\n\nAnd a third."))
    chat.send("Go on")
    first = chat.answers.locator("p").first
    expect(chat.answers).to_contain_text("The second")
    first.dblclick(position={"x": 10, "y": 12})
    assert _selected(chat.page) == "The"
    hold.release()
    expect(chat.answers).to_contain_text("And a third.")
    chat.idle()
    assert _selected(chat.page) == "The"


def _selected(page: Page) -> str:
    return str(page.evaluate("document.getSelection().toString()")).strip()
