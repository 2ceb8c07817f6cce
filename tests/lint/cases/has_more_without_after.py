from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


def pages(found: list[Any], more: bool, rest: dict[str, Any]) -> list[Page[Any]]:
    later = Page(data=found, has_more=False)
    return [
        Page(data=found, has_more=more),  # CKF213
        Page[str](data=found, has_more=True, after=None),  # CKF213
        Page(data=found, has_more=more, after=found[-1].id if more else None),
        Page(data=found, has_more=False),
        Page(data=found),
        Page(data=found, has_more=more, **rest),
        later,
    ]


def assigned(found: list[Any], more: bool) -> Page[Any]:
    page = Page(data=found, has_more=more)
    if more:
        page.after = found[-1].id
    return page


KEPT = (ABC, NotFoundError, Store, ThreadMetadata)
