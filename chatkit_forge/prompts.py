"""Ask on a terminal for what is missing; anywhere else, say which option was missing."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Asker:
    """Ask the person at the terminal, when there is one and `allowed` is True."""

    allowed: bool = True

    def choose(self, option: str, choices: Sequence[str], refusal: UsageError) -> str:
        """Return one of `choices`, by number or name; raises `refusal` without a terminal."""
        if not (self.allowed and sys.stdin.isatty() and sys.stderr.isatty()):
            raise refusal
        for number, choice in enumerate(choices, 1):
            _say(f"  {number}  {choice}\n")
        while True:
            _say(f"{option} [1-{len(choices)}]: ")
            line = sys.stdin.readline()
            if not line:
                _say("\n")
                raise refusal
            answer = line.strip()
            if answer in choices:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(choices):
                return choices[int(answer) - 1]
            if answer:
                _say(f"{answer!r} is none of them: type a number or a name\n")


def _say(text: str) -> None:
    # Not on stdout: that is for the result.
    sys.stderr.write(text)
    sys.stderr.flush()
