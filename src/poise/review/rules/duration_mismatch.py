"""The stated duration is not the time between start and end.

## What it finds
A length that the document states for the whole incident and that fits neither its declared start and end nor any pair of start,
detection, relief and restoration in its timeline. Also a length that stands in brackets behind a range of times and is not that of the
range. Tolerance: 5 minutes or 10 %, 20 % where it says about.

## Why it hurts
Somebody will copy one of the two figures into a report to customers, and the other will be found there too.

## Bad
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-10 18:30 UTC
Duration: 3 hours
```

## Good
```markdown
Start: 2023-11-10 14:00 UTC
End: 2023-11-10 18:30 UTC
Duration: 4 hours 30 minutes
```

## How sure
High. Silent for "up to", "at least", and lengths of a part of the incident.

## See also
`stated-recovery-time-differs`
"""

from collections.abc import Iterable

from poise.model.postmortem import Moment, ReviewFinding
from poise.model.regexp import regexp
from poise.review.blocks import Block
from poise.review.clock import clocks
from poise.review.dates import dates
from poise.review.durations import in_words, lengths, tolerance
from poise.review.facts import Facts
from poise.review.rule import ReviewRule
from poise.review.stated import differs, refuted
from poise.review.times import LONGEST, MANY


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each stated length that nothing in the document bears out."""
    pairs = [(a, b) for a in _starts(facts)[:MANY] for b in _ends(facts)[:MANY] if 0 < b.minutes_after(a) <= LONGEST and a.dated == b.dated]
    for stated in refuted(facts.declared.durations[:SHOWN], "incident", pairs):
        if any(abs(minutes - stated.minutes) <= tolerance(stated.minutes, stated.about) for minutes in _beside(stated.quote.text)):
            continue  # the range that it is the length of stands beside it
        yield differs(RULE, "duration", stated, pairs[0])
    for block in facts.blocks:
        yield from _ranges(block)


def _starts(facts: Facts) -> list[Moment]:
    """What an incident's length may count from, the declared start first."""
    found = [facts.declared.start, facts.times.get("impact_started"), facts.times.get("detected")]
    found += [e.time for e in facts.events if e.starts or e.kind == "detection"] + [e.time for e in facts.ordered[:1]]
    return [m for m in found if m is not None]


def _ends(facts: Facts) -> list[Moment]:
    """What it may count to, the declared end first."""
    found = [facts.declared.end, facts.times.get("resolved"), facts.times.get("mitigated")]
    found += [e.until or e.time for e in facts.events if e.kind in ("mitigation", "resolution")] + [e.time for e in facts.ordered[-1:]]
    return [m for m in found if m is not None]


def _beside(text: str) -> Iterable[float]:
    """The lengths of the ranges that the line gives."""
    for clock in clocks(text):
        if clock.until is not None:
            yield (clock.until.hour * 60 + clock.until.minute - clock.hour * 60 - clock.minute) % 1440


def _ranges(block: Block) -> Iterable[ReviewFinding]:
    """`14:15–16:30 (1 h 15 min)`."""
    if block.kind == "heading":
        return
    for clock in clocks(block.text):
        until = clock.until
        found = BEHIND.match(block.text, until.end) if until is not None else None
        if until is None or found is None or clock.wrong or until.wrong:
            continue
        inside = lengths(found[1])
        minutes = (until.hour * 60 + until.minute - clock.hour * 60 - clock.minute) % 1440
        same_zone = clock.zone is None or until.zone is None or clock.zone.fixed == until.zone.fixed
        if len(inside) != 1 or inside[0].bound or not same_zone or minutes == 0 or any(dates(block.text[clock.end : until.end])):
            continue
        off = abs((inside[0].minutes - minutes + 720) % 1440 - 720)
        if off > tolerance(inside[0].minutes, inside[0].about):
            message = f"{clock.written} to {until.written} are {in_words(minutes)}, not {inside[0].written}"
            yield RULE.found(message, "Correct the length or the times", block.quote_at(clock.start))


# Who states a hundred durations is not helped by a hundred findings.
SHOWN = 20
BEHIND = regexp(r"\s?[,(]\s?([^()]{2,40})\)")


RULE = ReviewRule("duration-mismatch", "error", check, __doc__)
