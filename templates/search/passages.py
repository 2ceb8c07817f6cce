"""One chunk of a lesson, as the collection keeps it."""

from pydantic import BaseModel, ConfigDict


class Passage(BaseModel):
    """Hold the payload of one point: a chunk, and all that is known of its file.

    `file` is relative to the ingested folder. `number` counts the file's chunks from 0. `digest`
    tells one version of the file from the next. `lesson_keys` are the spellings a page may use.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    digest: str
    number: int
    title: str
    url: str
    chapter: int | None
    lesson: str | None
    lesson_keys: tuple[str, ...]
    heading: str
    text: str

    def embedded_text(self) -> str:
        """Return what the vector is made of: a chunk alone often does not say what it is about."""
        return f"{self.title}\n{self.heading}\n{self.text}"
