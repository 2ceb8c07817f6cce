"""What the demo model says: a few fixed paragraphs around what it was asked."""

from collections.abc import Sequence
from typing import Final

from .page_note import PageNote

_QUOTE_LENGTH: Final = 280

_KEY: Final = "`OPENAI_API_KEY`"
_WHO: Final = (
    "**I am a demo model**: a short script inside this application. I know nothing, and I use no "
    f"network. Set {_KEY} in `.env` and restart, and a real model answers in my place."
)
_TOUR: Final = """\
What you can try meanwhile:

1. Press *stop* while I write: what I have written so far is kept.
2. Reload the page: this conversation is still there.
3. Select a sentence on the page, and ask about it.

| What | Where |
| --- | --- |
| what the model is told | `instructions.md` |
| settings | `.env` |

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```
"""


def answer(questions: Sequence[str], page: PageNote) -> str:
    """Return the answer to the last of `questions`, all that the user asked so far, as Markdown."""
    question = questions[-1] if questions else ""
    parts = [_WHO if len(questions) < 2 else "I am still the demo model, not a real one."]
    if question:
        parts.append(f"You asked:\n\n{quote(question)}")
    if seen := _seen(page):
        parts.append(seen)
    if len(questions) > 1:
        parts.append(
            f"This is your question number {len(questions)} here. The one before it was:\n\n"
            + quote(questions[-2])
        )
    else:
        parts.append(_TOUR)
    return "\n\n".join(parts)


def quote(text: str) -> str:
    """Return `text` as a Markdown quotation, shortened to what a reader needs to recognise it."""
    short = text.strip()
    if len(short) > _QUOTE_LENGTH:
        short = short[:_QUOTE_LENGTH].rstrip() + " …"
    return "\n".join(f"> {line}" for line in short.splitlines())


def _seen(page: PageNote) -> str:
    where = [
        f"{name} **{value}**"
        for name, value in (
            ("chapter", page.get("current_chapter")),
            ("lesson", page.get("current_lesson")),
        )
        if value is not None
    ]
    lines = [f"You are reading {', '.join(where)}."] if where else []
    if selected := page.get("selected_text"):
        lines.append(f"On the page you have selected:\n\n{quote(selected)}")
    return "\n\n".join(lines)
