"""What options switch on in the templates, and what earlier runs have switched on already."""

from dataclasses import replace

from chatkit_forge import features, receipt

from .rendering import app, options, server


def test_each_option_switches_its_own_region_on() -> None:
    """A server's ways to know users exclude one another; a store has none."""
    assert features.of(options()) == frozenset()
    assert features.of(replace(options("mongodb"), helpers=True, driver="motor")) == {
        "helpers",
        "motor",
    }
    assert features.of(server()) == {"server", "session", "page_in_context"}
    full = replace(
        server(),
        rag=True,
        attachments=True,
        auth="jwt",
        provider="litellm",
        page_in_context=False,
    )
    assert features.of(full) == {"server", "rag", "attachments", "jwt", "litellm"}
    both = replace(app(), store=replace(options(), helpers=True))
    assert features.of(both) == {"helpers", "server", "session", "page_in_context"}


def test_what_is_remembered_is_what_the_settings_have_to_serve() -> None:
    """Of the answers in a receipt, a server's count; a store's regions are its own affair."""
    full = replace(app(), server=replace(server(), rag=True, auth="jwt", provider="litellm"))
    answers = receipt.entries(full).values()
    assert features.remembered(answers) == {"server", "rag", "jwt", "litellm"}
    alone = receipt.entries(replace(options(), helpers=True)).values()
    assert features.remembered(alone) == frozenset()


def test_every_region_of_the_templates_is_known() -> None:
    """`ALL` has what `of` can give: a name that is missing would stop every rendering."""
    everything = features.of(app()) | {"rag", "attachments", "jwt", "litellm", "helpers", "motor"}
    assert everything == set(features.ALL)
