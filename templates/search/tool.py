"""The tool by which the agent looks things up in the lessons."""

import logging
from typing import Any, Final

from agents import ModelBehaviorError, RunContextWrapper, function_tool

from ..assistant.agent_context import AssistantContext
from .errors import SearchError, UnknownPlaceError
from .index import shared_index
from .passages import Passage
from .ranking import Place, SearchScope
from .sources import Source, number_of, source_of, where

_logger = logging.getLogger(__name__)
_MOST_QUERIES: Final = 5
_LONGEST_QUERY: Final = 500
_RESULTS: Final = 8
_HOW_TO_CITE: Final = (
    "Passages of the lessons, best first. Put the number of each one that you use in square "
    "brackets right after what it supports, like this [1]."
)
_BROKEN: Final = (
    "The lessons cannot be searched right now. Say so, and answer only what you know without them."
)


def _on_failure(context: RunContextWrapper[Any], error: Exception) -> str:
    """Keep the details in the log: the model would repeat them to the user."""
    if isinstance(error, ModelBehaviorError):
        # Its text quotes the arguments, which hold what the user asked.
        _logger.warning("search_content: the model's arguments do not fit the parameters")
        return "Not searched: the arguments do not fit the parameters. Correct them and try again."
    _logger.error("search_content failed", exc_info=error)
    return _BROKEN


@function_tool(failure_error_function=_on_failure)
async def search_content(
    context: RunContextWrapper[Any],
    queries: list[str],
    search_scope: SearchScope,
    chapter: int | None = None,
    lesson: str | None = None,
) -> str:
    """Search the lessons of the book, and return passages with the numbers to cite them by.

    Use it before answering anything that the lessons may explain.

    Args:
        queries: One to five searches, each a few words in the language of the lessons; different
            wordings of the question find more.
        search_scope: "current_page" and "current_chapter" look nowhere else: take them when the
            user asks about the page or the chapter. "full_book" prefers what is close to the page.
        chapter: The chapter's number, when the user names one; else the chapter being read.
        lesson: The lesson's name, when the user names one; else the lesson being read.
    """
    assistant: AssistantContext = context.context
    wanted = [query.strip()[:_LONGEST_QUERY] for query in queries if query.strip()]
    if not wanted:
        return "There was nothing to search for: give at least one query."
    place = _place(assistant, chapter, lesson)
    try:
        passages = await shared_index().find(wanted[:_MOST_QUERIES], search_scope, place, _RESULTS)
    except UnknownPlaceError as error:
        return (
            f"Not searched: {error}. Name the chapter and lesson, or take the search_scope "
            '"full_book".'
        )
    except SearchError as error:
        _logger.error("search_content: %s", error)
        return _BROKEN
    _logger.info("search_content: scope=%s passages=%d", search_scope, len(passages))
    if not passages:
        return f"Nothing was found in the scope {search_scope!r}."
    return "\n\n".join([_HOW_TO_CITE, *(_shown(one, assistant.sources) for one in passages)])


def _place(assistant: AssistantContext, chapter: int | None, lesson: str | None) -> Place:
    """Return the place the model names, completed by the page that the user looks at."""
    page = assistant.page_context
    here = Place(None, None)
    if page is not None:
        here = Place(page["current_chapter"], page["current_lesson"])
    if chapter is None:
        return Place(here.chapter, lesson or here.lesson)
    # The page's lesson belongs to the page's chapter, not to another one that the model names.
    return Place(chapter, lesson or (here.lesson if chapter == here.chapter else None))


def _shown(passage: Passage, sources: list[Source]) -> str:
    source = source_of(passage)
    place = where(source)
    title = f"[{number_of(source, sources)}] {source.title}" + (f" ({place})" if place else "")
    return f"{title}\n{passage.heading}\n{passage.text}"
