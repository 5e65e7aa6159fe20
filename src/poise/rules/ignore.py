"""Findings silenced in the configuration itself, with a reason: `# poise: ignore[rule-name] reason`. Pure.

The comment stands on the line of the finding, or alone on the line above. Without a reason, or with a rule that does not exist, the comment
silences nothing and is a finding of its own; so is one that nothing needs any more.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from poise.model.finding import Finding, Severity
from poise.model.location import Location

COMMENT = re.compile(r"#\s*poise:\s*ignore(?:\[([^\]\n]*)\])?[ \t]*([^\n]*)")
RULE_NAME = "ignore-comment"


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment. `line` is the line that it speaks about."""

    rules: tuple[str, ...]
    reason: str
    line: int
    location: Location


def ignores(text: str, file: str) -> tuple[Ignore, ...]:
    """The comments of a file, in order."""
    if "poise:" not in text:
        return ()
    found: list[Ignore] = []
    for number, line in enumerate(text.split("\n"), 1):
        comment = COMMENT.search(line)
        if comment is None:
            continue
        rules = tuple(name.strip() for name in (comment[1] or "").split(",") if name.strip())
        alone = not line[: comment.start()].strip()
        place = Location(file, number, comment.start() + 1)
        found.append(Ignore(rules, comment[2].strip(), number + 1 if alone else number, place))
    return tuple(found)


def silence(findings: Sequence[Finding], texts: Mapping[str, str], known: Collection[str], product: str = "haproxy") -> tuple[Finding, ...]:
    """The findings that no comment silences, and a finding for each comment that is wrong. `texts` by file name; `known` rule names."""
    comments = [i for file, text in texts.items() for i in ignores(text, file)]
    if not comments:
        return tuple(findings)
    valid = [i for i in comments if i.reason and i.rules and all(r in known for r in i.rules)]
    used: set[Location] = set()
    kept: list[Finding] = []
    for finding in findings:
        by = next((i for i in valid if _covers(i, finding)), None)
        if by is None:
            kept.append(finding)
        else:
            used.add(by.location)
    kept.extend(_complaints(comments, valid, used, known, product))
    return tuple(kept)


def _covers(ignore: Ignore, finding: Finding) -> bool:
    place = finding.location
    return finding.rule in ignore.rules and place.file == ignore.location.file and place.line == ignore.line


def _complaints(
    comments: Iterable[Ignore], valid: Collection[Ignore], used: Collection[Location], known: Collection[str], product: str
) -> Iterable[Finding]:
    for ignore in comments:
        severity: Severity = "warning"
        if ignore in valid:
            if ignore.location in used:
                continue
            severity, message, remedy = "info", "this comment silences nothing", "Delete the comment, or move it to the finding's line"
        elif not ignore.rules:
            message, remedy = "the comment names no rule", "Write `# poise: ignore[rule-name] reason`"
        elif not ignore.reason:
            message = f"the comment gives no reason to ignore {', '.join(ignore.rules)}, so it silences nothing"
            remedy = "Write the reason behind the bracket: `# poise: ignore[rule-name] reason`"
        else:
            unknown = [r for r in ignore.rules if r not in known]
            message, remedy = f"there is no rule {', '.join(unknown)}", "`poise explain` lists the rules"
        why = "whoever reads the file next cannot tell an accepted risk from a forgotten one"
        yield Finding(RULE_NAME, None, severity, "high", message, why, remedy, ignore.location, product)
