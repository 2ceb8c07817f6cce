"""Scopes as filters, places as boosts, and several answers merged into one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qdrant_client.http.models import QueryResponse
from qdrant_client.models import (
    FieldCondition,
    Filter,
    FormulaQuery,
    MatchValue,
    MultExpression,
    Prefetch,
    QueryRequest,
    ScoredPoint,
    SumExpression,
)

from .errors import UnknownPlaceError
from .lesson_keys import lesson_key
from .passages import Passage

SearchScope = Literal["current_page", "current_chapter", "full_book"]

# A boost can only lift what was fetched before it is applied.
_FETCHED_PER_RESULT = 5
# A cosine of zero means nothing in common, and boosting a negative score would sink it.
_SOMETHING_IN_COMMON = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """Say where in the book the reader is, as far as it is known."""

    chapter: int | None
    lesson: str | None


@dataclass(frozen=True, slots=True)
class Boosts:
    """Hold what the full scope multiplies scores by: for the chapter, and again for the lesson."""

    chapter: float
    lesson: float


def within(scope: SearchScope, place: Place) -> Filter | None:
    """Return the filter of a strict scope, None for the full one.

    Raise UnknownPlaceError when the place does not say what the scope asks for.
    """
    if scope == "full_book":
        return None
    if place.chapter is None:
        raise UnknownPlaceError("the current chapter is not known")
    if scope == "current_chapter":
        return Filter(must=[_in_chapter(place.chapter)])
    if place.lesson is None:
        raise UnknownPlaceError("the current lesson is not known")
    return Filter(must=[_in_chapter(place.chapter), _in_lesson(place.lesson)])


def request(
    vector: Sequence[float], only: Filter | None, place: Place, boosts: Boosts, limit: int
) -> QueryRequest:
    """Return the query for one vector: among what `only` lets through, or boosted without it."""
    fetched = Prefetch(
        query=list(vector),
        filter=only,
        limit=limit * _FETCHED_PER_RESULT,
        score_threshold=_SOMETHING_IN_COMMON,
    )
    # A strict scope has one place only: there is nothing to prefer.
    preferred = place if only is None else Place(None, None)
    return QueryRequest(
        prefetch=[fetched], query=_boosted(preferred, boosts), limit=limit, with_payload=True
    )


def merged(responses: Iterable[QueryResponse], limit: int) -> list[Passage]:
    """Return the best passages of all responses, each once, by its best score."""
    best: dict[str, ScoredPoint] = {}
    for response in responses:
        for point in response.points:
            known = best.setdefault(str(point.id), point)
            if point.score > known.score:
                best[str(point.id)] = point
    # By id among equals, so that the same question gets the same answer.
    ranked = sorted(best.values(), key=lambda point: (-point.score, str(point.id)))
    return [Passage.model_validate(point.payload) for point in ranked[:limit]]


def _boosted(place: Place, boosts: Boosts) -> FormulaQuery:
    """Multiply the score by each boost whose condition, worth 1 or 0, holds."""
    factors: list[SumExpression] = []
    if place.chapter is not None:
        chapter = _in_chapter(place.chapter)
        factors.append(_factor(chapter, boosts.chapter))
        # A lesson's name alone does not tell: many chapters have an "intro".
        if place.lesson is not None:
            both = Filter(must=[chapter, _in_lesson(place.lesson)])
            factors.append(_factor(both, boosts.lesson))
    return FormulaQuery(formula=MultExpression(mult=["$score", *factors]))


def _factor(condition: FieldCondition | Filter, boost: float) -> SumExpression:
    return SumExpression(sum=[1.0, MultExpression(mult=[boost - 1.0, condition])])


def _in_chapter(chapter: int) -> FieldCondition:
    return FieldCondition(key="chapter", match=MatchValue(value=chapter))


def _in_lesson(lesson: str) -> FieldCondition:
    return FieldCondition(key="lesson_keys", match=MatchValue(value=lesson_key(lesson)))
