from dataclasses import dataclass
from typing import Any

from bson import ObjectId

DIRECTIONS: dict[str, tuple[str, int]] = {"asc": ("$gt", 1), "desc": ("$lt", -1)}


@dataclass(frozen=True)
class Position:
    """Where a document stands: its instant, and among equal instants the ObjectId of its insertion."""

    instant: int
    oid: ObjectId

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Position":
        return cls(document["instant"], document["_id"])

    def beyond(self, order: str) -> dict[str, Any]:
        operator = direction(order)[0]
        return {
            "$or": [
                {"instant": {operator: self.instant}},
                {"instant": self.instant, "_id": {operator: self.oid}},
            ]
        }


def direction(order: str) -> tuple[str, int]:
    found = DIRECTIONS.get(order)
    if found is None:
        raise ValueError("order is 'asc' or 'desc'")
    return found


def sorting(order: str) -> list[tuple[str, int]]:
    step = direction(order)[1]
    return [("instant", step), ("_id", step)]
