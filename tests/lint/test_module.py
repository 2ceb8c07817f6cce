"""What a module says of itself before and after its tree is walked."""

import ast
from pathlib import Path

import pytest

from chatkit_forge.lint.module import Module, within
from chatkit_forge.lint.names import Names
from chatkit_forge.lint.walk import Definition

SOURCES = sorted((Path(__file__).parent / "cases").rglob("*.py"))
NESTED = """
match word:
    case 1:
        import one
    case _:
        class Two: ...
try:
    import three
except ImportError:
    import four
else:
    with thing:
        import five
finally:
    while True:
        async def run():
            async for each in things:
                from six import seven
                lambda: (yield)
            else:
                import eight
"""


def test_definitions_are_the_classes_and_imports_of_the_whole_tree() -> None:
    for text in [NESTED, *(path.read_text(encoding="utf-8") for path in SOURCES)]:
        module = Module("app/one.py", "app.one", text)
        every = sorted(
            (each for each in ast.walk(ast.parse(text)) if isinstance(each, Definition)),
            key=lambda each: (each.lineno, each.col_offset),
        )
        assert [ast.dump(each) for each in module.definitions] == [ast.dump(each) for each in every]


def test_a_tree_that_was_not_walked_does_not_look_empty() -> None:
    module = Module("one.py", "one", "def run():\n    return store.load()\n")
    function = module.body[0]
    with pytest.raises(LookupError, match="FunctionDef stands in no tree that was walked"):
        within(function, ast.Call)
    module.walk()
    assert len(within(function, ast.Call)) == 1


def test_what_is_imported_from_a_module_counts_before_a_module_of_that_name() -> None:
    names: Names = Module("one.py", "one", "from two import three\nimport three\n").names
    assert names.imported == {"three": "two.three"}


def test_code_is_what_python_says_it_is() -> None:
    """Cut a node's source out of its lines, which are counted in bytes, as `ast` does."""
    text = 'x = "äöü", f("é", """a\nßé\x0cb\nü"""); y = ("ü",\n  "ö" )\n'
    module = Module("app.py", "app", text)
    found = {node: module.code(node) for node in ast.walk(module.tree)}
    assert found == {node: ast.get_source_segment(text, node) or "" for node in found}
    assert len(set(found.values())) > 10
