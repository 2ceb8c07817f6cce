"""Write `docs/rules.md` anew from the rules' own docstrings.

Run as `python -m tests.rule_docs`; `test_rule_docs.py` compares with what is committed.
"""

from pathlib import Path

from chatkit_forge.lint import doc, engine
from chatkit_forge.lint.rule import Rule

from .lint.running import findings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
CASES = Path(__file__).resolve().parent / "lint" / "cases"
GROUPS = {
    "CKF1": "The contract of the SDK",
    "CKF2": "What a store does",
    "CKF3": "What a server does",
    "CKF4": "Configuration",
}
HEAD = """\
# The rules of `chatkit-forge check`

Written by `make docs` from the rules themselves; `chatkit-forge explain CKF201` says the same.
An error is a fault, a warning something to look at. `--fix` makes the safe fixes,
`--unsafe-fixes` those that may change what a program does. Two codes have no rule: CKF001 is a
file that cannot be read or parsed, CKF002 a comment that silences nothing.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for prefix, title in GROUPS.items():
        rules = [rule for rule in engine.all_rules() if rule.code.startswith(prefix)]
        parts.append(f"\n## {title}\n\n| code | name | | fix |\n|---|---|---|---|\n")
        parts += [
            f"| [{rule.code}](#{_anchor(rule)}) | {rule.name} | {rule.severity} | {_fix(rule)} |\n"
            for rule in rules
        ]
        parts += map(_section, rules)
    return "".join(parts)


def _section(rule: type[Rule]) -> str:
    parts = doc.read(rule)
    return (
        f"\n### {rule.code} {rule.name}\n\n{parts.summary}\n\n{parts.why}\n\n"
        f"Bad:\n\n```python\n{parts.bad}```\n\nGood:\n\n```python\n{parts.good}```\n\n"
        f"Source: {parts.source}\n"
    )


def _anchor(rule: type[Rule]) -> str:
    return f"{rule.code.lower()}-{rule.name}"


def _fix(rule: type[Rule]) -> str:
    """Return how its findings are mended, as its cases show: "safe", "unsafe", both or nothing."""
    case = CASES / f"{rule.name.replace('-', '_')}.py"
    texts = (doc.read(rule).bad, case.read_text(encoding="utf-8"))
    found = [each for text in texts for each in findings(("app/example.py", text))]
    kinds = {each.fix.safety for each in found if each.code == rule.code and each.fix is not None}
    return " or ".join(sorted(kinds))


def main() -> None:
    """Replace the page."""
    PAGE.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
