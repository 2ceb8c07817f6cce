from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from chatkit.types import ThreadItem
import chatkit.types as ck


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


class Pages(Store[dict[str, Any]], ABC):
    def one(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        cursor = None
        return Page[ThreadItem](data=rows[:limit], has_more=len(rows) > limit, after=cursor)  # CKF213

    def two(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        page = Page(data=rows[:limit])
        page.has_more = len(rows) > limit  # CKF213
        return page

    def three(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        page = ck.Page(data=rows[:limit], has_more=len(rows) > limit)
        if page.has_more:
            page.after = page.data[-1].id
        return page

    def four(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page.model_validate({"data": rows[:limit], "has_more": len(rows) > limit})  # CKF213

    def five(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        values: dict[str, Any] = {"data": rows[:limit], "has_more": len(rows) > limit}
        if values["has_more"]:
            values["after"] = rows[limit - 1].id
        return Page(**values)

    def six(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page(data=rows[:limit], has_more=len(rows) > limit, after="")  # CKF213

    def seven(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        cursor = None
        if len(rows) > limit:
            cursor = rows[limit - 1].id
        return Page(data=rows[:limit], has_more=cursor is not None, after=cursor)

    def eight(self, rows: list[Any]) -> Page[ThreadItem]:
        return Page(data=rows, has_more=False)

    def nine(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        more = False
        return Page(data=rows, has_more=more)

    def ten(self, rows: list[Any], has_more: bool, after: str | None = None) -> Page[Any]:
        return Page(data=rows, has_more=has_more, after=after)

    async def load_threads(self, limit: int, after: str | None, order: str, context: dict[str, Any]) -> Any:
        rows = await self.rows(limit, after, order)
        return self.ten(rows[:limit], len(rows) > limit)  # CKF213

    async def load_thread_items(self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]) -> Any:
        rows = await self.rows(limit, after, order)
        more = len(rows) > limit
        return self.ten(rows[:limit], more, rows[limit - 1].id if more else None)

    def eleven(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page(data=rows[:limit], has_more=bool(rows[limit:]), after=None)  # CKF213

    def twelve(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page(data=[r for r in rows], has_more=True)  # CKF213


class Completed:
    """The cursor is put in afterwards, or left out all the same."""

    def copied(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        page = Page(data=rows[:limit], has_more=len(rows) > limit)
        return page.model_copy(update={"after": rows[limit - 1].id if page.has_more else None})

    def filled(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return self._with_cursor(Page(data=rows[:limit], has_more=len(rows) > limit))

    def _with_cursor(self, page: Page[ThreadItem]) -> Page[ThreadItem]:
        if page.has_more:
            page.after = page.data[-1].id
        return page

    def reversed(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        more = len(rows) > limit
        return Page(data=rows[:limit], has_more=more, after=None if more else rows[-1].id)  # CKF213

    def written(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page.model_validate(  # CKF213
            {"data": rows[:limit], "has_more": len(rows) > limit, "after": None}
        )

    def spread(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return Page(**{"data": rows[:limit], "has_more": len(rows) > limit})  # CKF213

    def ended(self, rows: list[Any]) -> Page[ThreadItem]:
        return Page(**{"data": rows, "has_more": False})

    def told(self, rows: list[Any], limit: int) -> Page[ThreadItem]:
        return self._page(rows[:limit], len(rows) > limit, None)  # CKF213

    def _page(self, rows: list[Any], has_more: bool, cursor: str | None) -> Page[ThreadItem]:
        return Page(data=rows, has_more=has_more, after=cursor)
