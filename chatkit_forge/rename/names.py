"""What a template's names are, and what a user's are in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..access import USER_ID, Access
from ..options import ContextType, StoreClass

CONTEXT: Final = "RequestContext"
PACKAGE: Final = "app"
TABLE_PREFIX: Final = "chatkit_"


@dataclass(frozen=True, slots=True)
class Renames:
    """Say what replaces the names a template is written with.

    `classes` maps the names in the template to the user's. `settings` maps a field of `settings`
    to the expression that stands in for it; `motor` asks for that driver's classes. `store` is
    where a server's store is imported from, `errors` its StoreUnavailable if not from our own.
    """

    classes: Mapping[str, str]
    package: str
    context: ContextType
    access: Access = USER_ID
    table_prefix: str = TABLE_PREFIX
    motor: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    store: StoreClass | None = None
    errors: str | None = None

    @property
    def identifiers(self) -> Mapping[str, str]:
        """Return the classes, and the test classes that are named for them."""
        return {**self.classes, **{f"Test{old}": f"Test{new}" for old, new in self.classes.items()}}
