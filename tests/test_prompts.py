"""Questions are asked on a terminal only, and only for what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_forge.errors import UsageError
from chatkit_forge.prompts import Asker

ROOT = Path(__file__).parent.parent
CHOICES = ("postgres", "sqlite")
PROGRAM = """
from chatkit_forge.errors import UsageError
from chatkit_forge.prompts import Asker
try:
    print("chosen", Asker().choose("backend", ("postgres", "sqlite"), UsageError("missing")))
except UsageError as error:
    print("refused", error)
"""


def test_nobody_is_asked_without_a_terminal() -> None:
    """A script gets the error that names the option."""
    refusal = UsageError("--backend is missing")
    with pytest.raises(UsageError) as caught:
        Asker().choose("backend", CHOICES, refusal)
    assert caught.value is refusal


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (b"2\n", "chosen sqlite"),
        (b"postgres\n", "chosen postgres"),
        (b"\n9\noracle\n1\n", "chosen postgres"),
        (b"\x04", "refused missing"),
    ],
)
def test_a_choice_is_made_by_number_or_name(typed: bytes, answer: str) -> None:
    """A wrong answer is told so and asked again; the end of input is a refusal."""
    keyboard, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        stdin=terminal,
        stderr=terminal,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    shown = b""
    while b"backend [1-2]: " not in shown:  # typed sooner, Ctrl-D would be lost
        shown += os.read(keyboard, 1024)
    os.write(keyboard, typed)
    out, _ = process.communicate(timeout=30)
    shown += os.read(keyboard, 4096)
    os.close(keyboard)
    assert out == f"{answer}\n"
    # Only what was typed and is wrong is worth a word; an empty line says enough by itself.
    assert (b"'oracle' is none of them: type a number or a name" in shown) == (b"oracle" in typed)
