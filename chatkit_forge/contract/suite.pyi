# What a project's own tests see of the suite: all that they may define. Without this a type checker
# would read every test of it, and hypothesis, for them.

from typing import Any, ClassVar, Final

import pytest

from .harness import Harness, TContext

NEEDS_RAW_WRITES: Final[tuple[str, ...]]
NEEDS_DATABASE: Final[tuple[str, ...]]

class StoreContract(Harness[TContext]):
    pytestmark: ClassVar[list[pytest.MarkDecorator]]
    not_collected: ClassVar[tuple[str, ...]]
    def __init_subclass__(cls, **options: Any) -> None: ...
