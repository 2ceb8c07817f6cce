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


class Echoes(Store[dict[str, Any]], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        found = await self.mine(context["user_id"], limit + 1, after, order)
        return Page(data=found[:limit], has_more=len(found) > limit, after=after)  # CKF213

    async def mine(self, owner: str, limit: int, after: str | None, order: str) -> list[Any]:
        raise NotImplementedError(f"{owner} {limit} {after} {order}")


class Rebinds(Store[dict[str, Any]], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        if after == "":
            raise NotFoundError(f"Thread {after} not found")
        found = await self.mine(context["user_id"], limit + 1, after, order)
        after = found[limit - 1].id if len(found) > limit else None
        return Page[ThreadMetadata](data=found[:limit], has_more=len(found) > limit, after=after)

    async def mine(self, owner: str, limit: int, after: str | None, order: str) -> list[Any]:
        raise NotImplementedError(f"{owner} {limit} {after} {order}")
