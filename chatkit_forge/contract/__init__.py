"""The behaviour every ChatKit store is held to, as a class of tests to subclass.

    from chatkit_forge.contract import StoreContract

    class TestMyStore(StoreContract[MyContext]):
        def make_store(self) -> MyStore: ...
        def make_context(self, owner: str) -> MyContext: ...

The suite is imported when it is asked for: this package is also a pytest plugin, which every
pytest run of the environment loads.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .suite import StoreContract

__all__ = ["StoreContract"]


def __getattr__(name: str) -> Any:
    """Return the suite on first use."""
    if name == "StoreContract":
        from .suite import StoreContract  # noqa: PLC0415 - only when asked for

        return StoreContract
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
