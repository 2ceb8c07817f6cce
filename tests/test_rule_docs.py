"""What is written about the rules is what they say themselves."""

import pytest

from chatkit_forge.__main__ import run
from chatkit_forge.lint import doc, engine
from chatkit_forge.lint.rule import Rule

from .rule_docs import GROUPS, PAGE, page

each_rule = pytest.mark.parametrize("rule", engine.all_rules(), ids=lambda rule: rule.code)


def test_the_page_is_current() -> None:
    """Write it again and compare; `make docs` writes what differs."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_is_in_a_group() -> None:
    """A code outside of the groups would be on no page."""
    assert {rule.code[:4] for rule in engine.all_rules()} == set(GROUPS)


@each_rule
def test_explain_shows_a_rule(rule: type[Rule], capsys: pytest.CaptureFixture[str]) -> None:
    """By code or by name it prints why, and the examples indented as code is."""
    assert run(["explain", rule.code.lower()]) == 0
    output = capsys.readouterr().out
    assert run(["explain", rule.name]) == 0
    assert capsys.readouterr().out == output
    parts = doc.read(rule)
    assert output.startswith(f"{rule.code} {rule.name} ({rule.severity})\n\n")
    assert parts.why.splitlines()[0] in output
    for example in (parts.bad, parts.good):
        indented = [f"    {line}" if line else "" for line in example.splitlines()]
        assert "\n".join(indented) in output


def test_explain_knows_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown code is one line that says where to look."""
    assert run(["explain", "CKF999"]) == 2
    assert "no rule 'CKF999'; `chatkit-forge rules` lists them" in capsys.readouterr().err


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a rule, with its code, name, severity and what it finds."""
    assert run(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        [rule.code, rule.name, rule.severity] for rule in engine.all_rules()
    ]
