"""The agent: its instructions, its model and its tools."""

from pathlib import Path

from agents import Agent, Model, RunContextWrapper, set_tracing_disabled

from ..config import settings
from .agent_context import AssistantContext
from .model import make_model, make_model_settings
from .page_note import write_note

_INSTRUCTIONS = Path(__file__).parent.parent / "instructions.md"


def build_agent(model: Model | None = None) -> Agent[AssistantContext]:
    """Return the agent that answers in every thread; by default with the model of the settings.

    Raises OSError when `instructions.md` is missing.
    """
    # Traces carry the conversations to OpenAI, whichever provider answers.
    set_tracing_disabled(not settings.openai_tracing)
    # Read once, at start: an edit takes effect with the next start, never half-way.
    written = _INSTRUCTIONS.read_text(encoding="utf-8").strip()

    def instructions(
        run: RunContextWrapper[AssistantContext], agent: Agent[AssistantContext]
    ) -> str:
        page = run.context
        note = write_note(page.page_context, page.selected_text, page.context_mode)
        # The page comes last: what stays the same at the front can be cached by the provider.
        return f"{written}\n\n{note}" if note else written

    return Agent[AssistantContext](
        name="Assistant",
        instructions=instructions,
        model=model or make_model(),
        model_settings=make_model_settings(),
    )
