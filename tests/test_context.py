"""The owner is read the way the context's type allows, or the options are refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pytest

from chatkit_forge.access import Access, Step
from chatkit_forge.context import ask, question, resolve
from chatkit_forge.errors import UsageError
from chatkit_forge.options import ContextType, Options, StoreOptions
from chatkit_forge.plan import plan_store

from .rendering import options, server, the_test

CONTEXTS = """
from dataclasses import dataclass
from typing import Any

import something_that_is_not_installed
from pydantic import BaseModel
from typing_extensions import NotRequired, TypedDict

from .people import User

@dataclass
class Page:
    user: User
    visitor: User | None
    meta: dict[str, Any]
    anything: Any

class Inner(TypedDict):
    id: str

@dataclass
class Frame:
    page: Page

@dataclass
class Window:
    frame: Frame

class Keys(TypedDict):
    user: NotRequired[Inner]
    uid: NotRequired[str]
    thing: object
    page: Page

class Model(BaseModel):
    user_id: str

Alias = dict[str, Any]

def function() -> None: ...
"""
PEOPLE = """
from dataclasses import dataclass

@dataclass
class User:
    id: str
    number: int
    maybe: int | None = None
    mixed: int | str | None = None
"""


Answers: TypeAlias = Callable[[str, str], Access]


def write(project: Path, contexts: str, people: str) -> None:
    """Write the two modules of a project's package `shop`."""
    (project / "shop").mkdir()
    (project / "shop/ctx.py").write_text(contexts)
    (project / "shop/people.py").write_text(people)


def asked(project: Path, name: str, owner: str, module: str = "shop.ctx") -> StoreOptions:
    """Return a store's options for a context of a project."""
    context = ContextType(name, module, generated=False)
    return replace(options("sqlite", project), context=context, owner=tuple(owner.split(".")))


def answers(cases: Mapping[tuple[str, str], Options]) -> Answers:
    """Return what tells how the owner is read, by type and path: asked in one run of pyright.

    It takes most of its time to begin. Cases of stores and servers are of one project.
    """
    any_options = next(iter(cases.values()))
    planned = frozenset[PurePosixPath]()
    probes = {case: question(one, planned) for case, one in cases.items()}
    found = ask(list(probes.values()), any_options, planned)
    said = dict(zip(probes, found, strict=True))
    return lambda name, owner: probes[name, owner].choose(said[name, owner])


def resolved(asked: StoreOptions, own: frozenset[PurePosixPath] = frozenset()) -> Access:
    """Return how the owner is read, with `own` the user's files."""
    return resolve(asked, plan_store(asked, own))


# By the name of the type, how the owner is reached, and what comes of it.
READ = [
    ("Page", "user.id", "context.user.id"),
    (
        "Page",
        "visitor.id",
        "context.visitor.id if context.visitor is not None else None",
    ),
    ("Page", "meta.user.id", 'context.meta["user"]["id"]'),
    ("Page", "anything.id", "context.anything.id"),
    ("Page", "user.mixed", "context.user.mixed"),
    ("Window", "frame.page.user.id", "context.frame.page.user.id"),
    ("Keys", "uid", 'context.get("uid")'),
    ("Keys", "user.id", 'context["user"]["id"] if "user" in context else None'),
    ("Keys", "page.user.id", 'context["page"].user.id'),
    ("Model", "user_id", "context.user_id"),
    ("Alias", "user_id", 'context["user_id"]'),
]
REFUSED = [
    ("Page", "user.name", 'user.name is not in shop.ctx:Page: .*attribute "name"'),
    ("Keys", "org", 'org is not in shop.ctx:Keys: .*"org" is not a defined key'),
    ("Keys", "org.id", "org.id is not in shop.ctx:Keys"),
    ("Keys", "user.name", '"name" is not a defined key in "Inner"'),
    ("Page", "user.number", "is int, but an owner must be a string"),
    ("Page", "user.maybe", "is int, but an owner must be a string"),
    ("Missing", "x", 'shop.ctx:Missing cannot be used: "Missing" is unknown import symbol'),
    ("function", "x", "shop.ctx:function cannot be used"),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Return how a store reads an owner from a type in CONTEXTS."""
    project = tmp_path_factory.mktemp("read")
    write(project, CONTEXTS, PEOPLE)
    cases = [(name, owner) for name, owner, _ in (*READ, ("Keys", "thing", ""), *REFUSED)]
    return answers({case: asked(project, *case) for case in cases})


@pytest.mark.parametrize(("name", "owner", "expected"), READ)
def test_keys_and_attributes_are_told_apart(
    read: Answers, name: str, owner: str, expected: str
) -> None:
    """Attributes, keys, keys that may be missing and values that may be None."""
    assert read(name, owner).expression() == f'cast("object", {expected})'


def test_an_owner_declared_as_object_is_not_cast(read: Answers) -> None:
    """Pyright would call the cast unnecessary."""
    assert read("Keys", "thing").expression() == 'context["thing"]'


@pytest.mark.parametrize(("name", "owner", "complaint"), REFUSED)
def test_what_is_not_there_is_refused(read: Answers, name: str, owner: str, complaint: str) -> None:
    """The path and the type are named, in one line."""
    with pytest.raises(UsageError, match=complaint) as caught:
        read(name, owner)
    assert "\n" not in str(caught.value)


def test_a_module_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    """The module is named."""
    with pytest.raises(UsageError, match=r'nope\.ctx:X cannot be used: Import "nope\.ctx" could'):
        resolved(asked(tmp_path, "X", "user_id", "nope.ctx"))


def test_the_default_needs_no_probe(tmp_path: Path) -> None:
    """What the generated context declares is known."""
    assert resolved(options("sqlite", tmp_path)) == Access((Step("user_id"),))


def test_the_generated_context_is_held_to_its_declaration(tmp_path: Path) -> None:
    """Another path than the default must be declared in it as well."""
    default = options("sqlite", tmp_path)
    access = resolved(replace(default, owner=("page_context", "current_lesson")))
    assert access.expression().endswith('if "page_context" in context else None)')
    with pytest.raises(UsageError, match=r"--owner org is not in app\.context:RequestContext"):
        resolved(replace(default, owner=("org",)))


def test_a_context_module_of_the_users_is_read(tmp_path: Path) -> None:
    """Their RequestContext may keep the owner elsewhere, and may lean on their package."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/people.py").write_text(PEOPLE)
    (tmp_path / "app/context.py").write_text(
        "from dataclasses import dataclass\nfrom .people import User\n"
        "@dataclass\nclass RequestContext:\n    user: User\n"
    )
    own = frozenset({PurePosixPath("app/context.py")})
    default = options("sqlite", tmp_path)
    access = resolved(replace(default, owner=("user", "id")), own)
    assert access.expression() == 'cast("object", context.user.id)'
    with pytest.raises(UsageError, match="user_id is not in"):
        resolved(default, own)


def test_the_generated_test_builds_such_a_context() -> None:
    """Keys become dictionaries, attributes a namespace, and the owner is at the end."""
    access = Access((Step("page"), Step("user", "attribute"), Step("id", "attribute")))
    text = the_test(
        replace(options(), context=ContextType("Keys", "shop.ctx", generated=False)), access
    )
    example = '{"page": SimpleNamespace(user=SimpleNamespace(id=owner))}'
    assert f'return cast("Keys", {example})' in text


MADE = """
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from typing_extensions import NotRequired, TypedDict

from . import people

@dataclass
class Data:
    user_id: str
    tenant: str = ""

class Keys(TypedDict):
    user_id: str
    page: NotRequired[str]

class Inner(TypedDict):
    id: str

class Nested(TypedDict):
    user: Inner

class Model(BaseModel):
    user_id: str
    tenant: str | None = None

@dataclass
class Demanding:
    user_id: str
    tenant: str
    region: str

class DemandingKeys(TypedDict):
    user_id: str
    tenant: str

@dataclass(frozen=True)
class Account:
    id: str

class Optional(BaseModel):
    account: Account | None

class PageState(BaseModel):
    id: str

class Below(TypedDict):
    visitor: "PageState"

@dataclass
class Visit:
    account: Account

@dataclass
class Deep:
    below: Below

@dataclass
class Elsewhere:
    person: people.Person

class Derived(Elsewhere): ...

@dataclass
class Strict:
    account: Account
    tenant: str

@dataclass
class Odd:
    odd: people.Odd

Alias = dict[str, Any]
"""
PERSON = """
from dataclasses import dataclass, field

@dataclass
class Person:
    id: str

@dataclass
class Odd:
    id: str = field(default="", init=False)
"""


# By the name of the type and how the owner is reached: how it is made, or what it lacks.
MAKINGS = [
    ("Data", "user_id", "Data(user_id=user_id)"),
    ("Keys", "user_id", "Keys(user_id=user_id)"),
    ("Model", "user_id", "Model(user_id=user_id)"),
    ("Nested", "user.id", 'Nested(user={"id": user_id})'),
    ("Alias", "user_id", "Alias(user_id=user_id)"),
    ("Visit", "account.id", "Visit(account=Account(id=user_id))"),
    ("Optional", "account.id", "Optional(account=Account(id=user_id))"),
    (
        "Deep",
        "below.visitor.id",
        "Deep(below=Below(visitor=OwnPageState(id=user_id)))",
    ),
    ("Derived", "person.id", "Derived(person=Person(id=user_id))"),
]
DEMANDS = [
    ("Demanding", "user_id", "tenant, region"),
    ("DemandingKeys", "user_id", "tenant"),
    ("Strict", "account.id", "tenant"),
]


def served(project: Path, name: str, owner: str) -> Options:
    """Return a server's options for a context of a project."""
    context = ContextType(name, "shop.ctx", generated=False)
    return replace(
        server(project), context=context, owner=tuple(owner.split(".")), page_in_context=False
    )


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Return how a server reads and makes a context of a type in MADE."""
    project = tmp_path_factory.mktemp("make")
    write(project, MADE, PERSON)
    cases = [(name, owner) for name, owner, _ in (*MAKINGS, *DEMANDS, ("Odd", "odd.id", ""))]
    return answers({case: served(project, *case) for case in cases})


@pytest.mark.parametrize(("name", "owner", "expected"), MAKINGS)
def test_a_server_makes_a_context_from_the_users_id_alone(
    make: Answers, name: str, owner: str, expected: str
) -> None:
    """Dataclasses, models and typed dictionaries are called; what has a default is left to it."""
    assert make(name, owner).made == expected


@pytest.mark.parametrize(("name", "owner", "required"), DEMANDS)
def test_a_context_that_asks_for_more_is_refused_with_what_it_asks_for(
    make: Answers, name: str, owner: str, required: str
) -> None:
    """A server knows the user's id: whatever else is required it would have to invent."""
    with pytest.raises(UsageError, match=f"id alone: it also requires {required};"):
        make(name, owner)


def test_a_context_whose_parts_cannot_be_made_is_told_how_a_server_would(make: Answers) -> None:
    """A default would be no help there: the line that has to work is shown."""
    with pytest.raises(
        UsageError, match=r'"id".*; let Odd\(odd=OwnOdd\(id=user_id\)\) make one'
    ) as caught:
        make("Odd", "odd.id")
    assert "\n" not in str(caught.value)


def test_a_context_of_the_users_is_resolved_from_its_project(tmp_path: Path) -> None:
    """A store's and a server's, each in a run of its own, as the command asks."""
    write(tmp_path, MADE, PERSON)
    assert resolved(asked(tmp_path, "Keys", "user_id")).expression() == (
        'cast("object", context["user_id"])'
    )
    assert resolve(served(tmp_path, "Visit", "account.id"), ()).made == (
        "Visit(account=Account(id=user_id))"
    )


def test_a_plain_dictionary_is_made_as_a_literal(tmp_path: Path) -> None:
    """`dict[str, Any]` is no name that could be called."""
    context = ContextType("dict[str, Any]", None, generated=False)
    asked = replace(server(tmp_path), context=context, owner=("user", "id"), page_in_context=False)
    assert resolve(asked, ()).made == '{"user": {"id": user_id}}'
