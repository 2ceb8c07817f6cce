"""Bytes of a Python source -> text and lines, as Python itself counts them."""

_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def decode(data: bytes) -> str:
    r"""Return the text of a source, in the encoding that it names or UTF-8; lines end with "\n".

    Raises SyntaxError for an unknown encoding, ValueError for bytes that are not of it.
    """
    text = data.decode(_encoding(data))
    if "\0" in text:
        raise ValueError("it holds null bytes")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def lines(text: str) -> list[str]:
    """Return the lines; a form feed ends none, though `str.splitlines` thinks so."""
    return text.split("\n")


def mentions(data: bytes, word: bytes) -> bool:
    """Say whether a word stands in a source, also in one of two or four bytes a character."""
    return word in data or (b"\0" in data and word in data.replace(b"\0", b""))


def _encoding(data: bytes) -> str:
    head = b"\n".join(data[:1000].splitlines()[:2])
    if b"coding" not in head and not data.startswith(_MARKS):
        return "utf-8"
    import io  # noqa: PLC0415  few files name an encoding
    import tokenize  # noqa: PLC0415

    if data.startswith(_MARKS[:2]):
        raise ValueError("it is UTF-16, which Python does not read; save it as UTF-8")
    return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
