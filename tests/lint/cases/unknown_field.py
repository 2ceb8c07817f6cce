from datetime import datetime
from typing import Any

from chatkit.types import Page, Thread, ThreadMetadata
from chatkit.widgets import BasicRoot
from pydantic import BaseModel

NOW = datetime(2026, 1, 1)


class Mine(ThreadMetadata):
    updated_at: datetime


def make(options: dict[str, Any]) -> list[Any]:
    return [
        ThreadMetadata(id="t", created_at=NOW, updated_at=NOW),  # CKF105
        ThreadMetadata(
            id="t",
            created_at=NOW,
            owner="me",  # CKF105
            metadata={},
        ),
        Thread(id="t", created_at=NOW, items=Page(items=[])),  # CKF105
        Page[str](data=["a"], has_more=True, next_cursor="a"),  # CKF105
        Page(data=[], **options),
        Page(data=[], has_more=False, after=None),
        Mine(id="t", created_at=NOW, updated_at=NOW),
    ]


class Page2(BaseModel):
    next_cursor: str


def own() -> Page2:
    return Page2(next_cursor="x")


ThreadPage = Page[ThreadMetadata]
Meta = ThreadMetadata


def forms(rows: list[Any], options: dict[str, Any], last: str | None) -> list[Any]:
    return [
        ThreadPage(data=rows, has_more=True, next_after=last),  # CKF105
        Meta(id="t", created_at=NOW, user_id="u"),  # CKF105
        Page(data=rows, first_id=last, **options),  # CKF105
        ThreadMetadata(**{"id": "t", "created_at": NOW, "owner": "o"}),  # CKF105
        ThreadMetadata.model_validate({"id": "t", "created_at": NOW, "updated_at": NOW}),  # CKF105
        ThreadMetadata.model_construct(id="t", updated_at=NOW),
        ThreadMetadata.model_validate({"id": "t", "created_at": NOW, **options}),
        ThreadMetadata.model_validate(options),
    ]


class Box:
    class Page(BaseModel):
        next_cursor: str

    def page(self) -> "Box.Page":
        return self.Page(next_cursor="x")


def local() -> object:
    class Thread(BaseModel):
        owner: str

    return Thread(owner="me")


def rooted() -> object:
    # What is dynamic keeps whatever it is given.
    return BasicRoot(direction="col", theme="dark")
