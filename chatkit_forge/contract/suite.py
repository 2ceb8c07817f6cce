"""The whole suite as one class."""

from typing import Any, ClassVar

import pytest

from .attachments import Attachments
from .blocking import Blocking
from .concurrency import Concurrency
from .conversation import Conversation
from .future import Future
from .harness import Harness, TContext
from .hostile import Hostile
from .identity import Identity
from .items import Items
from .lifecycle import Lifecycle
from .limits import Limits
from .machine import RandomPlay
from .missing import Missing
from .ownership import Ownership
from .paging import Paging
from .surface import Surface
from .threads import Threads
from .times import Times

# Tests that ask for more than every store can offer: a way to plant a row, a database.
NEEDS_RAW_WRITES = tuple(name for name in vars(Future) if name.startswith("test_"))
NEEDS_DATABASE = (
    "test_p13_loop_turns",
    "test_p11_several_stores_write_at_once",
    "test_surface_second_store_sees_writes",
)


class StoreContract(
    Surface[TContext],
    Conversation[TContext],
    Ownership[TContext],
    Paging[TContext],
    Threads[TContext],
    Items[TContext],
    Future[TContext],
    Attachments[TContext],
    Missing[TContext],
    Times[TContext],
    Blocking[TContext],
    Limits[TContext],
    Identity[TContext],
    Hostile[TContext],
    Concurrency[TContext],
    Lifecycle[TContext],
    RandomPlay[TContext],
    Harness[TContext],
):
    """Hold a store to the ChatKit contract: subclass it and define how the store is made.

    Define `make_store` and `make_context`; `write_raw_item` where the stored text of an item can
    be replaced; set `persistent = False` for a store without a database.
    """

    # The SDK says this of its own classes whenever it reads a widget back.
    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [
        pytest.mark.filterwarnings("ignore:Direct usage of named widget:DeprecationWarning")
    ]
    #: Names of tests that the subclass cannot take, by what it lacks.
    not_collected: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Take out the tests that this store cannot be put to, rather than skip them."""
        super().__init_subclass__(**options)
        planted = cls.write_raw_item is not Harness[Any].write_raw_item
        lacking = () if planted else NEEDS_RAW_WRITES
        cls.not_collected = lacking if cls.persistent else (*lacking, *NEEDS_DATABASE)
        for name in (*NEEDS_RAW_WRITES, *NEEDS_DATABASE):
            # pytest collects callables only; a subclass that lacks less gets its tests back.
            taken = name in cls.not_collected
            setattr(cls, name, None if taken else getattr(StoreContract, name))
