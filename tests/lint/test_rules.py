"""Every rule keeps the house's shape, holds its own examples, and meets its cases."""

import re
from pathlib import Path

import pytest

from chatkit_forge.lint import doc, engine
from chatkit_forge.lint.rule import Rule

from .running import expected, findings, reported

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
RULES = engine.all_rules()
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@each_rule
def test_bad_is_found_and_only_that(rule: type[Rule]) -> None:
    """The bad example triggers its rule and no other."""
    found = findings(("app/example.py", doc.read(rule).bad))
    assert {finding.code for finding in found} == {rule.code}


@each_rule
def test_good_is_clean(rule: type[Rule]) -> None:
    """The good example triggers nothing at all."""
    assert findings(("app/example.py", doc.read(rule).good)) == []


@each_rule
def test_a_rule_is_named_for_what_it_finds(rule: type[Rule]) -> None:
    """Code, name, class and module agree, and the message is one line that says what."""
    assert re.fullmatch(r"CKF[1-4]\d\d", rule.code)
    module = rule.__module__.rpartition(".")[2]
    assert rule.name == module.replace("_", "-")
    assert rule.__name__.lower() == module.replace("_", "")
    assert rule.message
    assert "\n" not in rule.message + rule.hint
    assert doc.read(rule).why


def test_codes_are_unique() -> None:
    """No two rules share a code."""
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_every_rule_has_cases() -> None:
    """Each rule has a file of cases, and each file of cases a rule."""
    assert {path.stem for path in CASES} == {rule.name.replace("-", "_") for rule in RULES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(path: Path) -> None:
    """What a case marks is found on that line, and nothing else is."""
    text = path.read_text(encoding="utf-8")
    assert reported(findings((f"app/{path.name}", text))) == expected(text)
