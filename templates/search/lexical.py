"""An embedder that needs no key and no network: lexical, not semantic.

It counts words and their three-letter pieces into a fixed number of buckets by a hash. Texts are
close when they use the same words or words of the same stem; "car" and "automobile" are strangers
to it. Good for a first look and for tests, where its vectors are the same on every machine; for
readers who ask in their own words, set EMBEDDING_MODEL and ingest again.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final
from zlib import crc32

_DIMENSIONS: Final = 1024
_WORD: Final = re.compile(r"\w+")
# They are in every text, and say nothing of what it is about.
_EMPTY_WORDS: Final = frozenset(
    """
    a an and are as at be but by can do does for from has have how i if in into is it its
    me my not of on or so that the their them then there these they this to was we what
    when where which who why will with you your
    """.split()  # noqa: SIM905  fifty quoted words read worse
)
_PIECE_WEIGHT: Final = 0.3


class LexicalEmbedder:
    """Turn texts into normalised counts of hashed words and pieces of words."""

    @property
    def name(self) -> str:
        """Return what it is: vectors of another length do not compare."""
        return f"lexical-{_DIMENSIONS}"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector of length 1 for each text; of length 0 for a text without words."""
        return [_vector(text) for text in texts]

    async def aclose(self) -> None:
        """Do nothing: there is nothing to give back."""


def _vector(text: str) -> list[float]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    weights = [0.0] * _DIMENSIONS
    for word, count in Counter(words).items():
        if word in _EMPTY_WORDS:
            continue
        # The tenth time a text says a word tells less than the first.
        weight = 1 + math.log(count)
        weights[_bucket(word)] += weight
        edged = f"<{word}>"
        for start in range(len(edged) - 2):
            weights[_bucket(edged[start : start + 3])] += weight * _PIECE_WEIGHT
    length = math.hypot(*weights)
    return [weight / length for weight in weights] if length else weights


def _bucket(feature: str) -> int:
    # Python's own hash() differs from one process to the next.
    return crc32(feature.encode("utf-8", "surrogatepass")) % _DIMENSIONS
