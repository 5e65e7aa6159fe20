"""A review as SARIF 2.1.0, which code-scanning services take. Pure."""

from collections import Counter
from typing import Any

from poise import __version__
from poise.model.postmortem import ReviewFinding, ReviewRun
from poise.model.unit_page import section
from poise.report.findings_sarif import LEVELS, PROBLEM, SCHEMA, Fingerprints, place, relative
from poise.report.printable import one_line
from poise.review.rules import RULES


def to_sarif(run: ReviewRun, root: str = "") -> dict[str, Any]:
    """One run. `root` is the folder that files below it are named relative to (an absolute path)."""
    used = sorted({f.rule for _, each in run.documents for f in each.findings})
    numbers = {name: number for number, name in enumerate(used)}
    seen: Counter[str] = Counter()
    results = [_result(file, f, numbers[f.rule], root, seen) for file, each in run.documents for f in each.findings]
    notes = [
        {"level": "error", "message": {"text": one_line(c.reason)}, "locations": [{"physicalLocation": place(c.what, 1, None, root)}]}
        for c in run.could_not
    ]
    made = {
        "tool": {"driver": {"name": "poise review", "version": __version__, "rules": [_rule(name) for name in used]}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [{"executionSuccessful": not run.could_not, "toolExecutionNotifications": notes}],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [made]}


def _rule(name: str) -> dict[str, Any]:
    rule = next(each for each in RULES if each.name == name)
    page = (rule.page or "").strip()
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": section(page, "What it finds")},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"problem.severity": PROBLEM[rule.severity], "tags": ["postmortem"]},
    }


def _result(file: str, f: ReviewFinding, index: int, root: str, seen: Counter[str]) -> dict[str, Any]:
    # The same although lines move: by the words that it quotes, not by their place.
    identity = "\0".join((f.rule, relative(file, root)[0], *(q.text for q in f.quotes)))
    seen[identity] += 1
    others = [
        {"physicalLocation": place(file, q.line, None, root), "message": {"text": one_line(q.text) or "–"}}
        for q in f.quotes
        if q.line != f.line
    ]
    return {
        "ruleId": f.rule,
        "ruleIndex": index,
        "level": LEVELS[f.severity],
        "message": {"text": f"{one_line(f.message)}. {one_line(f.remedy)}."},
        "locations": [{"physicalLocation": place(file, f.line, None, root)}],
        **({"relatedLocations": others} if others else {}),
        "partialFingerprints": {"poise/v1": Fingerprints.digest(identity, str(seen[identity]))},
    }
