"""Functions as they run: where a parameter's value comes from in the call that led there."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .annotations import all_parameters
from .classes import Class
from .module import FUNCTIONS, Function, Module, within
from .project import Project
from .values import called, class_around, given_values

Value = tuple["Frame", ast.expr]


@dataclass(frozen=True, eq=False)
class Frame:
    """Hold a function, what its parameters are given, and the frames that led to it."""

    project: Project
    module: Module
    function: Function | None
    given: Mapping[str, Value] = field(default_factory=dict[str, Value])
    caller: "Frame | None" = None

    @property
    def depth(self) -> int:
        """Return how many calls led here."""
        return 0 if self.caller is None else self.caller.depth + 1

    def around(self) -> Iterator["Frame"]:
        """Yield this frame and those that led to it."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.caller

    def parameter(self, name: ast.Name) -> tuple[ast.arg, ast.expr | None] | None:
        """Return the parameter that a name reads, with its default."""
        for scope in self.module.ancestors(name):
            if isinstance(scope, FUNCTIONS):
                for each, default in parameters(scope):
                    if each.arg == name.id:
                        return each, default
        return None

    def values(self, name: ast.Name) -> list[ast.expr]:
        """Return what a name was given, as far as it can be seen."""
        return [value for value in given_values(self.module, name) if value is not None]

    def enter(self, call: ast.Call) -> "Frame | None":
        """Return the frame of the project's function that a call runs."""
        found = called(self.project, self.module, call) or self._of_class(call)
        if found is None or any(each.function is found[0] for each in self.around()):
            return None
        return self._into(found[0], found[1], call)

    def make(self, call: ast.Call) -> tuple[Class, "Frame | None"] | None:
        """Return the project's class that a call makes, with the frame of its `__init__`."""
        name = self.module.names.resolve(call.func)
        if name == "cls":
            made = self.owner()
        else:
            made = self.project.find_class(name, self.module) if name is not None else None
        if made is None:
            return None
        begun = made.method("__init__")
        frame = self._into(begun[0], begun[1].module, call) if begun is not None else None
        return made, frame

    def depends(self, target: ast.expr) -> "Frame | None":
        """Return the frame of a function that a framework calls by itself."""
        return self.enter(self.unwritten(target))

    def unwritten(self, target: ast.expr) -> ast.Call:
        """Return the call that a framework makes of what it is given, in the place of that."""
        call = ast.Call(func=target, args=[], keywords=[])
        self.module.parents.setdefault(call, self.module.parents.get(target, self.module.tree))
        return call

    def _of_class(self, call: ast.Call) -> tuple[Function, Module] | None:
        """Return a method of a class that is called by the class, or of a thing it made."""
        match call.func:
            case ast.Attribute(value=ast.Call(func=made), attr=name):
                full = self.module.names.resolve(made)
            case ast.Attribute(value=ast.Name() as made, attr=name):
                full = self.module.names.resolve(made)
                for value in self.values(made):
                    if isinstance(value, ast.Call):
                        full = self.module.names.resolve(value.func)
            case _:
                return None
        owner = self.project.find_class(full, self.module) if full else None
        found = owner.method(name) if owner is not None else None
        return (found[0], found[1].module) if found is not None else None

    def _into(self, function: Function, module: Module, call: ast.Call) -> "Frame":
        arguments = function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        in_class = isinstance(module.parents.get(function), ast.ClassDef)
        if in_class and not any(
            isinstance(each, ast.Name) and each.id == "staticmethod"
            for each in function.decorator_list
        ):
            names = names[1:]
        given: dict[str, Value] = {}
        for name, value in zip(names, call.args, strict=False):
            if isinstance(value, ast.Starred):
                break
            given[name] = (self, value)
        for keyword in call.keywords:
            if keyword.arg is not None:
                given[keyword.arg] = (self, keyword.value)
        return Frame(self.project, module, function, given, self)

    def answers(self) -> Iterator[ast.expr]:
        """Yield what the function returns or yields."""
        if self.function is None:
            return
        for node in within(self.function, ast.Return, ast.Yield, nested=False):
            value = node.value if isinstance(node, (ast.Return, ast.Yield)) else None
            if value is not None:
                yield value

    def owner(self) -> Class | None:
        """Return the class that the function is a method of."""
        if self.function is None:
            return None
        return class_around(self.project, self.module, self.function)


def parameters(function: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield each parameter with its default."""
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults = [None] * (len(positional) - len(function.args.defaults)) + function.args.defaults
    given = dict(zip(positional, defaults, strict=True))
    given |= dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    for each in all_parameters(function.args):
        yield each, given.get(each)
