"""`--format junit`: a test case for each finding, for systems that read only test results."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from ..lint.finding import Finding

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(findings: Sequence[Finding]) -> str:
    """Return the report as XML text; without findings one test case that passed."""
    suite = ElementTree.Element("testsuite", name="chatkit-forge", errors="0")
    for finding in findings:
        place = f"{finding.path}:{finding.span.line}:{finding.span.column}"
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=_text(f"{finding.code} {place}"),
            classname=_text(finding.path),
            file=_text(finding.path),
            line=str(finding.span.line),
        )
        failure = ElementTree.SubElement(
            case, "failure", message=_text(finding.message), type=finding.severity
        )
        failure.text = _text(f"{place}: {finding.message}\n{finding.hint}")
    if not findings:
        ElementTree.SubElement(suite, "testcase", name="check", classname="chatkit-forge")
    suite.set("tests", str(max(1, len(findings))))
    suite.set("failures", str(len(findings)))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
