from datetime import datetime
from typing import Any

from chatkit.types import Page, Thread, ThreadMetadata
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
