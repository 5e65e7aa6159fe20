"""Findings that a baseline file holds do not count; what it holds and is gone is told. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from poise.model.audit import Baselined
from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.without_secrets import masked_copy

# Of a line: one of JSON without line breaks is megabytes, and each of its thousands of findings would hold it.
MOST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Compared:
    """`new` count, `known` stand in the baseline, `fixed` only there."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    fixed: tuple[Baselined, ...]


def entries(findings: Sequence[Finding], texts: Mapping[str, str], names: Mapping[str, str]) -> list[Baselined]:
    """What a baseline keeps of these findings. `texts` by file; `names` maps a file to the name that the baseline knows it by.

    No line number is among it: a finding that moved is no new one. Secrets of the line are stars: the file is made to be committed.
    """
    lines = {file: texts.get(file, "").split("\n") for file in {finding.location.file for finding in findings}}
    made = []
    words: dict[tuple[str, int], str] = {}
    for finding in findings:
        place = finding.location
        own, key = lines[place.file], (place.file, place.line)
        if key not in words:
            words[key] = _words(own[place.line - 1]) if 0 < place.line <= len(own) else ""
        text = words[key]
        made.append(Baselined(finding.rule, names.get(place.file, place.file), finding.pool, finding.server, text, finding.message))
    return made


def _words(line: str) -> str:
    # A secret is known by what stands around it, so that the line is cut behind it and not within.
    return " ".join(masked_copy(line[: 4 * MOST_TEXT])[:MOST_TEXT].split())


def compare(
    findings: Sequence[Finding],
    baseline: Sequence[Baselined],
    texts: Mapping[str, str],
    names: Mapping[str, str],
    ran: Collection[str],
) -> Compared:
    """Hold findings against a baseline, each entry once.

    The same rule, file, pool and server at a line with the same words is the same finding; where a pool is named, its line may have been
    edited. An entry is fixed when its rule ran and its file was read (`names`), and nothing matches it.
    """
    exact: dict[Baselined, list[int]] = defaultdict(list)
    close: dict[Baselined, list[int]] = defaultdict(list)
    for number, held in enumerate(baseline):
        exact[_key(held)].append(number)
        close[_key(held, edited=True)].append(number)
    used: set[int] = set()
    made = entries(findings, texts, names)
    matched: set[int] = set()
    for edited, known in ((False, exact), (True, close)):
        for at, each in enumerate(made):
            if at in matched or (edited and each.pool is None):
                continue
            free = known.get(_key(each, edited), [])
            while free and free[0] in used:
                free.pop(0)
            if free:
                used.add(free.pop(0))
                matched.add(at)
    read = set(names.values())
    fixed = tuple(b for number, b in enumerate(baseline) if number not in used and b.rule in ran and b.file in read)
    return Compared(
        tuple(f for at, f in enumerate(findings) if at not in matched), tuple(f for at, f in enumerate(findings) if at in matched), fixed
    )


def _key(held: Baselined, edited: bool = False) -> Baselined:
    return Baselined(held.rule, held.file, held.pool, held.server, "" if edited else held.text)
