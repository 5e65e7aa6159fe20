"""Findings silenced in the configuration itself, with a reason: `# poise: ignore[rule-name] reason`. Pure.

The comment stands on the line of the finding, or alone above it. On the line that opens a pool, a listener or a server, or alone above that
line, it speaks about all that is found inside. Without a reason, or with a rule that does not exist, the comment silences nothing and is a
finding of its own; so is one that nothing needs any more.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from poise.model.finding import Finding, Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.regexp import regexp
from poise.model.topology import Topology

COMMENT = regexp(r"(?:^|(?<=\s))#\s*poise:\s*ignore(?:\[([^\]\n]*)\])?[ \t]*([^\n]*)")
# What its author surely meant as one: another case, no colon, other brackets, a word of another linter. Prose about poise has no bracket.
_POISE = regexp(r"#\s*poise\b", re.IGNORECASE)
NEARLY = regexp(
    r"(?:^|(?<=\s))#+\s*poise\s*(?::\s*ignore\b|(?:[:;,-]\s*)?(?:ignored?|disable|suppress|skip|allow|accept|no-?qa|no-?lint)\b[\w-]*\s?[\[({])"
    r"([^\n]*)",
    re.IGNORECASE,
)
RULE_NAME = "ignore-comment"

# A finding's place by what it is about: file and line, file and pool, or file, pool and server.
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment. `line` is the line that it speaks about; `misspelt` says that it is none to poise, as it is written."""

    rules: tuple[str, ...]
    reason: str
    line: int
    location: Location
    misspelt: bool = False


def ignores(text: str, file: str) -> tuple[Ignore, ...]:
    """The comments of a file, in order. JSON has no comments: what looks like one there is text."""
    if _POISE.search(text) is None or text.lstrip("\ufeff \t\r\n")[:1] == "{":
        return ()
    found: list[Ignore] = []
    waiting: list[tuple[re.Match[str], int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        comment = _comment(line) if "#" in line else None
        if comment and _quoted(line[: comment.start()]):
            comment = None
        bare = line.strip()
        if comment and bare.startswith("#"):
            waiting.append((comment, number))
            continue
        # Other comments may stand between the comment and its line.
        if not bare.startswith("#"):
            found += [_ignore(above, file, at, number if bare else at + 1) for above, at in waiting]
            waiting = []
        if comment:
            found.append(_ignore(comment, file, number, number))
    found += [_ignore(above, file, at, at + 1) for above, at in waiting]
    return tuple(found)


def _comment(line: str) -> re.Match[str] | None:
    found = COMMENT.search(line) if "poise:" in line else None
    return found or (NEARLY.search(line) if _POISE.search(line) else None)


def _ignore(comment: re.Match[str], file: str, number: int, line: int) -> Ignore:
    if comment.re.pattern == NEARLY.pattern:
        return Ignore((), "", line, Location(file, number, comment.start() + 1), misspelt=True)
    rules = tuple(dict.fromkeys(name.strip() for name in (comment[1] or "").split(",") if name.strip()))
    return Ignore(rules, comment[2].strip(), line, Location(file, number, comment.start() + 1))


def _quoted(before: str) -> bool:
    """Whether a quote is open where the comment would begin."""
    return any(re.sub(r"\\.", "", before).count(mark) % 2 for mark in "\"'")


def silence(
    findings: Sequence[Finding],
    texts: Mapping[str, str],
    known: Collection[str],
    topologies: Sequence[Topology] = (),
    ran: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """The findings that no comment silences, and a finding for each comment that is wrong.

    `texts` by file name; `known` rule names; `topologies` tell where pools, listeners and servers begin; `ran` are the rules that were
    asked (None: all that are known), because a comment for another one is not idle.
    """
    comments = [i for file, text in texts.items() for i in ignores(text, file)]
    if not comments:
        return tuple(findings)
    known = set(known)
    valid = [i for i in comments if i.reason and i.rules and known.issuperset(i.rules)]
    objects, starts = _objects(topologies)
    covered = _covered(valid, objects)
    used: dict[Location, set[str]] = {}
    kept: list[Finding] = []
    for finding in findings:
        by = next((i for key in _keys(finding, starts) for i in covered.get(key, ()) if finding.rule in i.rules), None)
        if by is None:
            kept.append(finding)
        else:
            used.setdefault(by.location, set()).add(finding.rule)
    products = {file: topology.product for topology in topologies for file in (*topology.files, topology.file)}
    kept.extend(_complaints(comments, valid, used, known, known if ran is None else ran, products))
    return tuple(kept)


def _keys(finding: Finding, starts: Mapping[str, Sequence[int]]) -> Iterator[_Key]:
    """All that a comment could say to speak about this finding."""
    place = finding.location
    yield ("line", place.file, str(place.line))
    if finding.pool is not None:
        yield ("pool", place.file, finding.pool)
        if finding.server is not None:
            yield ("server", place.file, finding.pool, finding.server)
    # Findings do not name their listener: it reaches to where the next pool or listener begins.
    lines = starts.get(place.file, ())
    above = bisect_right(lines, place.line)
    if above:
        yield ("listener", place.file, str(lines[above - 1]))


def _covered(valid: Iterable[Ignore], objects: Mapping[tuple[str, int], Sequence[_Key]]) -> Mapping[_Key, Sequence[Ignore]]:
    """The comments by what they speak about."""
    found: dict[_Key, list[Ignore]] = defaultdict(list)
    for ignore in valid:
        file = ignore.location.file
        found["line", file, str(ignore.line)].append(ignore)
        for key in objects.get((file, ignore.line), ()):
            found[key].append(ignore)
    return found


def _objects(topologies: Sequence[Topology]) -> tuple[Mapping[tuple[str, int], Sequence[_Key]], Mapping[str, Sequence[int]]]:
    """What begins at each line, and by file the lines at which a pool or a listener begins."""
    objects: dict[tuple[str, int], list[_Key]] = defaultdict(list)
    starts: dict[str, set[int]] = defaultdict(set)
    for topology in topologies:
        for listener in topology.listeners:
            place = listener.location
            objects[place.file, place.line].append(("listener", place.file, str(place.line)))
            starts[place.file].add(place.line)
        for pool in topology.pools:
            place = pool.location
            objects[place.file, place.line].append(("pool", place.file, pool.name))
            if not pool.implicit:
                starts[place.file].add(place.line)
            for server in pool.servers:
                at = server.location
                objects[at.file, at.line].append(("server", at.file, pool.name, server.name))
    return objects, {file: sorted(lines) for file, lines in starts.items()}


def _complaints(
    comments: Iterable[Ignore],
    valid: Collection[Ignore],
    used: Mapping[Location, Collection[str]],
    known: Collection[str],
    ran: Collection[str],
    products: Mapping[str, str],
) -> Iterable[Finding]:
    right = {ignore.location for ignore in valid}
    for ignore in comments:
        severity: Severity = "warning"
        if ignore.location in right:
            idle = [rule for rule in ignore.rules if rule not in used.get(ignore.location, ())]
            if not idle or any(rule not in ran for rule in idle):
                continue
            severity, message, remedy = "info", "this comment silences nothing", "Delete the comment, or move it to the finding's line"
            if len(idle) < len(ignore.rules):
                message, remedy = f"this comment silences no {', '.join(idle)}", "Take out of its bracket what nothing needs"
        elif ignore.misspelt:
            message = "this comment looks like one that silences a finding, but is written otherwise, so it silences nothing"
            remedy = "Write `# poise: ignore[rule-name] reason`: in lower case, with the colon, the name in square brackets"
        elif not ignore.rules and ignore.reason.startswith("["):
            message = "a space stands before the bracket of this comment, so it names no rule and silences nothing"
            remedy = "Write `# poise: ignore[rule-name] reason`"
        elif not ignore.rules:
            message, remedy = "the comment names no rule", "Write `# poise: ignore[rule-name] reason`"
        elif not ignore.reason:
            message = f"the comment gives no reason to ignore {', '.join(ignore.rules)}, so it silences nothing"
            remedy = "Write the reason behind the bracket: `# poise: ignore[rule-name] reason`"
        else:
            unknown = [r for r in ignore.rules if r not in known]
            from poise.rules.meant import meant  # noqa: PLC0415 - only who made a mistake waits for it

            told = meant(unknown[0])
            message, remedy = f"there is no rule {', '.join(unknown)}, so it silences nothing", told[:1].upper() + told[1:]
        why = "whoever reads the file next cannot tell an accepted risk from a forgotten one"
        product = products.get(ignore.location.file, "haproxy")
        yield Finding(RULE_NAME, None, severity, "high", message, why, remedy, ignore.location, product)
