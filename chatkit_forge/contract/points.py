"""The 17 points a store must hold to, each in a few words; test names carry the number."""

import re
from typing import Final

POINTS: Final = {
    1: "owners are kept apart, and a request without an owner is refused",
    2: "Page.after and has_more are exact, and a cursor that is gone is refused",
    3: "title, status, image domains and metadata survive a save",
    4: "add_thread_item updates in place what is stored again",
    5: "knowing an id overwrites and moves nothing",
    6: "every item type round-trips, and one from the future spoils nothing else",
    7: "what is missing raises NotFoundError",
    8: "attachments are real records",
    9: "save_item inserts, deletes of what is gone are quiet",
    10: "created_at comes back exactly as saved",
    11: "order is by instant, then by insertion",
    12: "save_thread stores the metadata of a Thread, not its items",
    13: "the event loop is never blocked",
    14: "limit and order from clients are checked and capped",
    15: "ids and owners are compared as bytes",
    16: "hostile values come back equal or are refused before anything is written",
    17: "taking another owner's thread id makes one's own thread; deletes take all along",
}

_POINT: Final = re.compile(r"::test_p(\d\d)_")


def point_of(nodeid: str) -> int:
    """Return the point a test stands for, by its name; 0 for the surface the SDK relies on."""
    found = _POINT.search(nodeid)
    return int(found[1]) if found else 0
