"""What those are called who use a program, and what says which of them somebody is."""

import re

_WHO = frozenset({
    "user", "uid", "owner", "userid", "sub", "subject", "account", "customer", "member",
    "principal", "identity", "actor", "caller", "person", "employee", "patient", "viewer",
    "student", "client", "tenant", "who", "adviser", "advisor", "applicant", "attorney", "borrower",
    "buyer", "citizen", "claimant", "clerk", "clinician", "colleague", "cook", "courier", "curator",
    "dispatcher", "doctor", "donor", "driver", "farmer", "gardener", "guest", "holder",
    "householder", "inspector", "lawyer", "learner", "librarian", "nurse", "officer", "operator",
    "passenger", "physician", "player", "policyholder", "pupil", "reader", "renter", "researcher",
    "resident", "rider", "seller", "shopper", "staff", "subscriber", "teacher", "technician",
    "traveler", "traveller", "volunteer", "worker",
})  # fmt: skip
_BESIDE = frozenset({
    "id", "key", "current", "request", "x", "the", "external", "uuid", "http", "pk", "no", "nr",
    "number", "ref", "policy",
})  # fmt: skip
# Of these, what says who asks in any program; the others may be whom somebody acts for.
_ALWAYS = frozenset({
    "user", "uid", "owner", "userid", "sub", "subject", "principal", "identity", "actor", "caller",
    "person", "viewer", "who",
})  # fmt: skip
# Those who look after others, and need not be users by name.
_STAFF = frozenset({"agent", "admin", "rep", "representative", "support", "manager", "parent"})
_ACTING = frozenset({
    "adviser", "advisor", "attorney", "clerk", "clinician", "colleague", "cook", "courier",
    "curator", "dispatcher", "doctor", "driver", "employee", "farmer", "gardener", "inspector",
    "lawyer", "librarian", "nurse", "officer", "operator", "physician", "researcher", "seller",
    "staff", "teacher", "technician", "volunteer", "worker",
})  # fmt: skip
# What a context is called besides the one it stands for, and what stands for nobody.
_GENERIC = frozenset({
    "context", "ctx", "request", "scope", "session", "chat", "kit", "chatkit", "info", "data",
    "state", "app", "base", "store", "server", "thread", "call", "run", "http", "web", "api", "db",
    "conversation", "room", "channel", "project", "document", "page", "site", "shop", "case",
    "order", "trace", "settings", "config", "deps", "dependencies", "env", "environment", "meta",
    "metadata", "params", "locale", "device", "simple", "namespace", "my", "model", "record",
})  # fmt: skip
# Said of a user, or of more than one: it decides where nothing else does.
_ABOUT = frozenset({
    "email", "username", "login", "tenant", "org", "organization", "organisation", "workspace",
    "team", "mail", "company",
})  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(key: str) -> set[str]:
    """Return the words of a key: {"x", "user", "id"} of "X-User-Id"."""
    return set(filter(None, re.split(r"[^a-z0-9]+", _CAMEL.sub("_", key).lower())))


def is_who(key: str) -> bool:
    """Say whether a key stands for the one who asks, and for nothing about him."""
    found = words(key)
    return bool(found & _WHO) and found <= _WHO | _BESIDE and found != {"client"}


def is_about(key: str) -> bool:
    """Say whether a key stands for something that people are told apart by."""
    found = words(key)
    return bool(found & _ABOUT) and found <= _ABOUT | _WHO | _BESIDE | {"name"}


def is_called(key: str, of: str) -> bool:
    """Say whether a key stands for the one who asks in a context of this class."""
    if is_who(key):
        return True
    person = words(of) - _GENERIC
    found = words(key)
    named = {"id", "number", "no", "nr", "uuid", "pk", *person}
    return bool(person and found & named) and found <= person | _WHO | _BESIDE


def is_actor(key: str, of: str) -> bool:
    """Say whether a key of a context stands for somebody who acts, and not for whom he acts."""
    found = words(key) - _BESIDE
    if not found:
        return is_called(key, of)  # the number of the one that the context is named after
    return bool(found & _STAFF) or (is_called(key, of) and bool(found & (_ALWAYS | _ACTING)))


def may_be_acted_for(key: str) -> bool:
    """Say whether a key may stand for somebody that another looks after."""
    return bool(words(key) & _WHO) and not words(key) & _ALWAYS
