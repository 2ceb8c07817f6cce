"""What of a user's message an expression has: the text that he wrote, or something else."""

import ast
from collections.abc import Set

from .module import Function, Module, within
from .project import Project
from .stores import names_in
from .values import called, given_values

_WORDS = ("text", "content", "message", "join")
_BESIDE = frozenset({"attachments", "quoted_text", "quote", "inference_options", "id"})


def is_text(project: Project, module: Module, value: ast.expr, messages: Set[str]) -> bool:
    """Say whether an expression is the text of one of the messages that names hold."""
    if isinstance(value, ast.Name):
        given = given_values(module, value)
        only = given[0] if len(given) == 1 else None
        return only is not None and is_text(project, module, only, messages)
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[given, *_]):
            if not _is_of(given, messages):
                return False
            made = called(project, module, value)
            if made is not None and _answers_text(made[0]):
                return True
            if not any(word in name.lower() for word in _WORDS):
                return False
            return made is None or not _is_beside(made[0])
        case ast.Attribute() | ast.Subscript():
            return _is_of(value, messages)
        case ast.List(elts=[ast.Dict(values=values)]):
            return any(is_text(project, module, each, messages) for each in values)
        case ast.ListComp(generators=[ast.comprehension(iter=source)]):
            return _is_of(source, messages)
        case _:
            return False


def _is_of(value: ast.expr, messages: Set[str]) -> bool:
    """Say whether a message itself, or what it contains, is all that is read of it."""
    if names_in(value).isdisjoint(messages):
        return False
    return all(
        node.attr == "content"
        for node in (value, *within(value, ast.Attribute))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in messages
    )


def _answers_text(function: Function) -> bool:
    """Say whether all that a function answers is the text of the parts of what it is given."""
    given = {each.arg for each in function.args.args}
    ends = [each for each in within(function, ast.Return) if isinstance(each, ast.Return)]
    return bool(ends) and all(
        _is_joined(each.value, given) for each in ends if each.value is not None
    )


def _is_joined(value: ast.expr, given: Set[str]) -> bool:
    match value:
        case ast.Attribute(attr="text", value=ast.Subscript(value=parts)):
            return _is_content(parts, given)
        case ast.Call(func=ast.Attribute(attr="strip", value=inner)):
            return _is_joined(inner, given)
        case ast.Call(
            func=ast.Attribute(attr="join"),
            args=[
                ast.GeneratorExp(elt=said, generators=[ast.comprehension(iter=parts)])
                | ast.ListComp(elt=said, generators=[ast.comprehension(iter=parts)])
            ],
        ):
            read = [each.attr for each in (said, *within(said)) if isinstance(each, ast.Attribute)]
            return "text" in read and _is_content(parts, given)
        case _:
            return False


def _is_content(parts: ast.expr, given: Set[str]) -> bool:
    match parts:
        case ast.Attribute(attr="content", value=ast.Name(id=name)):
            return name in given
        case _:
            return False


def _is_beside(function: Function) -> bool:
    """Say whether a function reads of a message what is no text of it, and not its content."""
    read = {
        each.attr for each in within(function, ast.Attribute) if isinstance(each, ast.Attribute)
    }
    return "content" not in read and not read.isdisjoint(_BESIDE)
