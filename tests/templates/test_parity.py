"""The five stores stay parallel: who has read one can find anything in the others."""

import ast
from pathlib import Path

import pytest

from chatkit_forge.options import BACKENDS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "store"
EXEMPLAR = "sqlite"
OTHERS = [backend for backend in BACKENDS if backend != EXEMPLAR]

# What differs by nature: where the data is, and what opening and closing mean there.
OWN_WORDS = {"__init__", "connect", "close"}


def source(backend: str) -> str:
    return (TEMPLATES / f"{backend}.py").read_text(encoding="utf-8")


def store_class(backend: str) -> ast.ClassDef:
    [found] = [
        node
        for node in ast.parse(source(backend)).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Store")
    ]
    return found


def public_methods(backend: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in store_class(backend).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (not node.name.startswith("_") or node.name.startswith("__"))
    ]


def signature(method: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kind = "async def" if isinstance(method, ast.AsyncFunctionDef) else "def"
    returns = ast.unparse(method.returns) if method.returns else "nothing declared"
    return f"{kind} {method.name}({ast.unparse(method.args)}) -> {returns}"


def region(backend: str, begin: str) -> str:
    text = source(backend)
    return text[text.index(begin) : text.index("# {% endif %}", text.index(begin))]


def function(backend: str, name: str) -> str:
    [found] = [
        node
        for node in ast.parse(source(backend)).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return ast.unparse(found)


@pytest.mark.parametrize("backend", OTHERS)
def test_public_methods_are_the_same_in_the_same_order(backend: str) -> None:
    """Hold names and order of all public methods to the exemplar's."""
    names = [method.name for method in public_methods(backend)]
    assert names == [method.name for method in public_methods(EXEMPLAR)]


@pytest.mark.parametrize("backend", OTHERS)
def test_signatures_are_the_same(backend: str) -> None:
    """Hold parameters, defaults and return types to the exemplar's; constructors differ."""
    expected = {m.name: signature(m) for m in public_methods(EXEMPLAR) if m.name != "__init__"}
    actual = {m.name: signature(m) for m in public_methods(backend) if m.name != "__init__"}
    assert actual == expected


@pytest.mark.parametrize("backend", OTHERS)
def test_docstrings_are_the_same(backend: str) -> None:
    """Promise the same in the same words, but for opening and closing."""
    expected = {m.name: ast.get_docstring(m) for m in public_methods(EXEMPLAR)}
    for method in public_methods(backend):
        if method.name not in OWN_WORDS:
            assert ast.get_docstring(method) == expected[method.name], method.name


@pytest.mark.parametrize("backend", OTHERS)
def test_helpers_are_the_same_text(backend: str) -> None:
    """Build the helpers on the store's own methods only, so that they need no variants."""
    assert region(backend, "# {% if helpers %}") == region(EXEMPLAR, "# {% if helpers %}")


@pytest.mark.parametrize("backend", OTHERS)
def test_owner_is_read_in_the_same_way(backend: str) -> None:
    """Fail closed in the same way everywhere."""
    assert function(backend, "_owner") == function(EXEMPLAR, "_owner")
