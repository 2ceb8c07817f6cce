"""A context that pydantic refuses when the application starts is refused before that."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_forge.errors import UsageError
from chatkit_forge.options import ContextType
from chatkit_forge.settings_source import Module
from chatkit_forge.typed_dicts import refuse

from .rendering import server
from .test_new import lay_out

TYPING = "from typing import Any, NamedTuple, TypedDict\nfrom dataclasses import dataclass\n"
HELD = f"{TYPING}class Held(TypedDict):\n    id: str\n"
FREE = """from typing_extensions import TypedDict
class Held(TypedDict):
    id: str
"""
REFUSED = {
    "itself": f"{TYPING}class Visit(TypedDict):\n    uid: str\n",
    "module": "import typing as t\nclass Visit(t.TypedDict):\n    uid: str\n",
    "renamed": "from typing import TypedDict as TD\nclass Visit(TD):\n    uid: str\n",
    "called": f'{TYPING}Visit = TypedDict("Visit", {{"uid": str}})\n',
    "derived": "from .held import Held\nclass Visit(Held):\n    uid: str\n",
    "alias": "from .held import Held\nVisit = Held\n",
    "in-a-dataclass": f"{TYPING}from .held import Held\n@dataclass(frozen=True)\n"
    "class Visit:\n    held: Held | None\n",
    "quoted": "from typing import NamedTuple\nfrom shop.held import Held\n"
    "class Visit(NamedTuple):\n    held: 'list[Held]'\n",
    "through-a-module": "from pydantic import BaseModel\nfrom . import held\n"
    "class Base(BaseModel): ...\nclass Visit(Base):\n    held: held.Held\n",
    "circle": "from __future__ import annotations\nfrom typing_extensions import TypedDict\n"
    "from .held import Held\nclass Visit(TypedDict):\n    again: Visit\n    held: Held\n",
}  # fmt: skip
TAKEN = {
    "extensions": "from typing_extensions import TypedDict\nclass Visit(TypedDict):\n    a: str\n",
    "either": "try:\n    from typing_extensions import TypedDict\nexcept ImportError:\n"
    "    from typing import TypedDict\nclass Visit(TypedDict):\n    a: str\n",
    "by-version": f"import sys\n{TYPING}if sys.version_info < (3, 12):\n"
    "    from typing_extensions import TypedDict\nclass Visit(TypedDict):\n    a: str\n",
    # Pydantic does not look into a class that says nothing of its fields.
    "in-a-class": "from .held import Held\nclass Base: ...\nclass Visit(Base):\n    held: Held\n",
    "beside-it": f"{TYPING}class Other(TypedDict):\n    a: str\n@dataclass\n"
    "class Visit:\n    a: str\n",
}


def asked(project: Path, source: str, **files: str) -> None:
    """Ask for a server on the context `shop.visit:Visit` of that source."""
    lay_out(project, {"shop/visit.py": source, "shop/held.py": HELD, **files})
    context = ContextType("Visit", "shop.visit", generated=False)
    home = Module(project / "shop/visit.py")
    refuse(replace(server(project), context=context), home, "shop.visit:Visit")


@pytest.mark.parametrize("case", REFUSED)
def test_a_typed_dict_of_typing_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    """Wherever pydantic meets it: in one line, which says what to write."""
    with pytest.raises(UsageError, match=r"shop/\w+\.py, line \d.*from typing_ext") as caught:
        asked(tmp_path, REFUSED[case])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", TAKEN)
def test_what_pydantic_takes_is_taken(case: str, tmp_path: Path) -> None:
    """The other TypedDict, one of either, and those that it does not come to."""
    asked(tmp_path, TAKEN[case])


@pytest.mark.parametrize(
    "pyproject",
    [
        '[project]\nname = "x"\nrequires-python = ">=3.12,<4"\n',
        '[tool.poetry.dependencies]\npython = "^3.13"\n',
    ],
    ids=["project", "poetry"],
)
def test_a_newer_python_takes_either(pyproject: str, tmp_path: Path) -> None:
    """Which one the project runs on is for the project to say."""
    asked(tmp_path, REFUSED["itself"], **{"pyproject.toml": pyproject})


def test_an_older_python_does_not(tmp_path: Path) -> None:
    """An upper bound, or a version that is left out, requires no newer one."""
    pyproject = '[project]\nname = "x"\nrequires-python = ">=3.11,!=3.12.0,<3.14"\n'
    with pytest.raises(UsageError, match=r"require Python >= 3\.12"):
        asked(tmp_path, REFUSED["itself"], **{"pyproject.toml": pyproject})
