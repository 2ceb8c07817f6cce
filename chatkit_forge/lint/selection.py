"""Which rules run, and on which files: options and `[tool.chatkit-forge]` in pyproject.toml."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UsageError
from .finding import Finding
from .rule import Rule

# Reported by the engine itself: what cannot be read or parsed, and comments that ignore nothing.
_UNCHECKED = "CKF001"
BUILT_IN = {_UNCHECKED: "unreadable-file", "CKF002": "unused-ignore"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Hold prefixes of codes: "CKF2" stands for all rules of stores; empty `select` means all.

    `extend` adds to `select`, and brings back what `ignore` leaves out by a shorter prefix.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    per_file: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def rules(self, known: Iterable[type[Rule]]) -> tuple[type[Rule], ...]:
        """Return the rules that are wanted."""
        return tuple(rule for rule in known if self.wants(rule.code))

    def merged(self, known: Iterable[type[Rule]]) -> tuple[type[Rule], ...]:
        """Return the rules to hold against a type checker's words: ignored ones take theirs along.

        What nobody selected does not: who selects pyright's own rule wants to read its own words.
        """
        return tuple(r for r in known if self.wants(r.code) or r.code.startswith(self.ignore))

    def wants(self, code: str) -> bool:
        """Say whether findings of this code are wanted; the longer prefix decides.

        A file that was not checked is named whatever is selected: nobody may take it for clean.
        """
        wanted = (*self.select, *self.extend)
        chosen = max((len(p) for p in wanted if code.startswith(p)), default=-1)
        ignored = max((len(p) for p in self.ignore if code.startswith(p)), default=-1)
        return ignored < chosen or (ignored < 0 and (not self.select or code == _UNCHECKED))

    def keeps(self, finding: Finding) -> bool:
        """Say whether a finding is wanted in its file."""
        if not self.wants(finding.code):
            return False
        return not any(
            fnmatch.fnmatch(finding.path, pattern) and finding.code.startswith(codes)
            for pattern, codes in self.per_file.items()
        )


def codes(texts: Sequence[str], known: Mapping[str, str], source: str) -> tuple[str, ...]:
    """Return codes and prefixes given as "CKF201,CKF3,lossy-thread".

    `known` holds the names of the rules by code. Raises UsageError for what is none of these.
    """
    given = (code.strip() for text in texts for code in text.split(",") if code.strip())
    everything = {**known, **BUILT_IN}
    by_name = {name: code for code, name in everything.items()}
    found = tuple(by_name.get(each, each) for each in given)
    for code in found:
        # Pyright's own names are taken as they are: they change from version to version.
        ours = any(each.startswith(code) for each in everything)
        if not ours and not code.startswith("report"):
            raise UsageError(
                f"{source}: {code!r} is the code of no rule; `chatkit-forge rules` lists them"
            )
    return found
