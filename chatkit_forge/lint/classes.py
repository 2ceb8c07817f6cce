"""Classes with their bases, across files: what a store really is, and which methods it has."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .module import FUNCTIONS, Function, Module, within

if TYPE_CHECKING:
    from .project import Project

STORE = "chatkit.store.Store"
ATTACHMENT_STORE = "chatkit.store.AttachmentStore"
SERVER = "chatkit.server.ChatKitServer"
# The server module imports the stores' classes, so people import them from there too.
_SAME = {
    "chatkit.server.Store": STORE,
    "chatkit.server.AttachmentStore": ATTACHMENT_STORE,
}
# Packages whose classes bring no method of a store or a server along.
_HARMLESS = sys.stdlib_module_names | {"typing_extensions", "pydantic"}


@dataclass(frozen=True, eq=False)
class Class:
    """Hold one class of the project; its `definition` is walked when `node` is asked for."""

    definition: ast.ClassDef
    module: Module
    project: "Project"

    @property
    def name(self) -> str:
        """Return the class's own name."""
        return self.definition.name

    @cached_property
    def node(self) -> ast.ClassDef:
        """Return the definition once its file was walked, so that `within` can look into it."""
        self.module.walk()
        return self.definition

    @cached_property
    def bases(self) -> tuple["Class | str", ...]:
        """Return each base: a class of the project, or the dotted name of another."""
        found: list[Class | str] = []
        for base in self.definition.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            name = self.module.names.resolve(plain)
            if name is None:
                found.append("?")
                continue
            name = self.project.aliased(name, self.module)
            local = self.project.find_class(name, self.module)
            found.append(
                local if local is not None and local is not self else _SAME.get(name, name)
            )
        return tuple(found)

    @cached_property
    def lineage(self) -> tuple["Class", ...]:
        """Return the class and its bases in the project, nearest first, each once."""
        found: list[Class] = [self]
        for current in found:
            found.extend(b for b in current.bases if isinstance(b, Class) and b not in found)
        return tuple(found)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Return the dotted names of every base that is not the project's own."""
        return frozenset(b for c in self.lineage for b in c.bases if isinstance(b, str))

    @property
    def is_store(self) -> bool:
        """Say whether the class is a ChatKit store, however far down."""
        return STORE in self.foreign

    @property
    def is_attachment_store(self) -> bool:
        """Say whether the class is a ChatKit attachment store."""
        return ATTACHMENT_STORE in self.foreign

    @property
    def is_server(self) -> bool:
        """Say whether the class is a ChatKit server."""
        return SERVER in self.foreign

    @property
    def is_chatkit(self) -> bool:
        """Say whether the class is a store, an attachment store or a server of ChatKit."""
        return self.is_store or self.is_attachment_store or self.is_server

    @property
    def is_complete(self) -> bool:
        """Say whether every base is known: the SDK's, typing's, or the project's own."""
        known = {STORE, ATTACHMENT_STORE, SERVER, "abc.ABC", "typing.Generic", "object"}
        return all(
            name in known or (name.partition(".")[0] in _HARMLESS and "." in name)
            for name in self.foreign
        )

    @property
    def is_abstract(self) -> bool:
        """Say whether the class says that it is only a base: ABC itself, or abstract methods."""
        if "abc.ABC" in self.bases or any(
            self.module.names.resolve(keyword.value) == "abc.ABCMeta"
            for keyword in self.node.keywords
        ):
            return True
        return any(
            (self.module.names.resolve(decorator) or "").endswith("abstractmethod")
            for function in self.own.values()
            for decorator in function.decorator_list
        )

    @cached_property
    def own(self) -> Mapping[str, Function]:
        """Return the methods that the class itself defines; of two, the last one counts."""
        return {f.name: f for f in self.node.body if isinstance(f, FUNCTIONS)}

    def method(self, name: str) -> "tuple[Function, Class] | None":
        """Return the method Python would find, with the class that defines it."""
        for owner in self.lineage:
            if name in owner.own:
                return owner.own[name], owner
        return None

    def brought(self, name: str) -> Function | None:
        """Return a method of the class itself, or of a mixin that is nothing of ChatKit's itself.

        What comes from another store or server is looked at there.
        """
        found = self.method(name)
        if found is None or (found[1] is not self and found[1].is_chatkit):
            return None
        return found[0]

    def assigned(self) -> Iterator[str]:
        """Yield the names that class bodies bind without `def`, such as `save_item = add_item`."""
        for owner in self.lineage:
            for node in owner.node.body:
                match node:
                    case ast.Assign(targets=targets):
                        for target in targets:
                            elements = target.elts if isinstance(target, ast.Tuple) else [target]
                            yield from (t.id for t in elements if isinstance(t, ast.Name))
                    case ast.If() | ast.Try():
                        inner = within(node, *FUNCTIONS, nested=False)
                        yield from (f.name for f in inner if isinstance(f, FUNCTIONS))
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                        yield name
                    case _:
                        continue
