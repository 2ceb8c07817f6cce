"""What is read of an SDK's models: the keywords they take, what they keep, what is deprecated."""

from pathlib import Path

from chatkit_forge import sdk_facts
from chatkit_forge.sdk_facts import ClassFacts, SdkFacts

SOURCE = """
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class Renamed(BaseModel):
    created: str = Field(alias="createdAt")
    owner: Annotated[str, Field(validation_alias="ownerId", alias="owner_id")]
    title: str | None = Field(default=None, validation_alias=AliasChoices("title", "name"))
    needed: int = Field(...)
    plain: int = Field(3)


class ByName(Renamed):
    model_config = ConfigDict(populate_by_name=True)
    until: str = Field(alias="validUntil")


class Open(BaseModel):
    model_config = {"extra": "allow"}


class StillOpen(Open):
    old: int = Field(default=0, deprecated=True, description="Nobody reads it.")
    older: int = Field(default=0, deprecated="Use old.")
"""


def facts(tmp_path: Path) -> SdkFacts:
    """Return what is read of a package that holds this source."""
    folder = tmp_path / "chatkit"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "types.py").write_text(SOURCE)
    return sdk_facts.read(folder)


def about(tmp_path: Path, name: str) -> ClassFacts:
    """Return what is read of one of the classes."""
    return facts(tmp_path).classes[f"chatkit.types.{name}"]


def test_a_field_is_given_by_its_alias(tmp_path: Path) -> None:
    """The alias takes the place of the name, unless the model is filled by name as well."""
    renamed = about(tmp_path, "Renamed")
    assert {name: field.keywords for name, field in renamed.fields.items()} == {
        "created": ("createdAt",),
        "owner": ("ownerId",),
        "title": ("title", "name"),
        "needed": ("needed",),
        "plain": ("plain",),
    }
    assert renamed.field("created") is None
    assert renamed.field("createdAt") is renamed.fields["created"]
    required = {name for name, field in renamed.fields.items() if field.required}
    assert required == {"created", "owner", "needed"}


def test_a_model_filled_by_name_takes_both(tmp_path: Path) -> None:
    """Its own fields go by either name."""
    by_name = about(tmp_path, "ByName")
    assert by_name.fields["until"].keywords == ("until", "validUntil")
    assert {"until", "validUntil"} <= by_name.keywords


def test_what_a_model_keeps_is_inherited(tmp_path: Path) -> None:
    """A model that keeps unknown fields hands that on; most ignore them."""
    assert about(tmp_path, "StillOpen").extra == "allow"


def test_deprecated_fields_say_why(tmp_path: Path) -> None:
    """The SDK's words are the field's own, else its description."""
    fields = about(tmp_path, "StillOpen").fields
    assert fields["old"].deprecated == "Nobody reads it."
    assert fields["older"].deprecated == "Use old."


def test_facts_come_back_from_their_text_as_they_were(tmp_path: Path) -> None:
    """The record keeps all of it."""
    read = facts(tmp_path)
    assert SdkFacts.from_json(read.to_json()) == read
