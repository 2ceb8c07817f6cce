"""Rules that look at stores: at each class that brings methods of one, also at mixins."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .classes import Class
from .rule import Rule


@dataclass(frozen=True, eq=False)
class Part(Class):
    """Hold a class that is no store itself and is mixed into one."""

    heir: Class

    @cached_property
    def lineage(self) -> tuple[Class, ...]:
        """Return the class and all that makes up the store, nearest first."""
        return (self, *(each for each in self.heir.lineage if each.node is not self.node))

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Return the dotted names of every base that is not the project's own."""
        return self.heir.foreign


def parts(store: Class) -> Iterator[Class]:
    """Yield a store, and the classes it derives from that are none on their own."""
    yield store
    for each in store.lineage[1:]:
        if not each.is_store and each.own:
            yield Part(each.node, each.module, each.project, store)


class StoreRule(Rule):
    """Look at what the methods of stores do; subclasses define `look(store)`.

    `self.module` is the one that the class stands in, which for a mixin may be another.
    """

    def visit_store(self, store: Class) -> None:
        """Look at a store and at the mixins it is made of."""
        for part in parts(store):
            self.module = part.module
            self.look(part)
        self.module = self.scene.module

    def look(self, store: Class) -> None:
        """Look at one class of a store."""
        raise NotImplementedError
