"""What a page goes on by: what its rows are ordered by, and what is compared with the cursor."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPERATOR = r"(?:(?:<=|>=|<|>|\{\w*\})\s*)+"
# What says that a value is given or looked up; the present time is no cursor.
_VALUE = (
    r"(?!now\(|current_|datetime\(now|utcnow|sysdate|getdate)"
    r"(?:\(|\?|%s|%\(|\$\d|\$\{|:\w+|@\w+|\{|\w+\()"
)
_BEYOND = re.compile(rf"(?P<left>\([^()]*\)|[\w.#]+)\s*{_OPERATOR}(?P<right>{_VALUE})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Hold the columns that rows are ordered by, and those that are compared with the cursor.

    Either is empty where a function only does the other half; `node` is where a fault is told.
    """

    node: ast.AST
    ordered: tuple[str, ...]
    compared: frozenset[str]


def compared(where: str) -> Iterator[str]:
    """Yield the columns that a condition in text wants to be beyond a value, without quotes."""
    for match in _BEYOND.finditer(where):
        for column in match["left"].split(","):
            yield column.strip(" ()#").rpartition(".")[2]
