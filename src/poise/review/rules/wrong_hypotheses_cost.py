"""Wrong hypotheses took time, and no action shortens that.

## What it finds
Suspicions of another layer than the one to blame, from the time at which each was voiced until it was ruled out, another took its place
or the cause was found. Tells each, their sum, and its part of the time from detection to restoration. Silent where an action or a lesson
speaks of ruling out, of diagnosing sooner or of looking at the layer to blame first.

## Why it hurts
In most long incidents the repair is quick and the search is not. What would have ruled the wrong ones out is the cheapest lesson there
is.

## Bad
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:50 An alert fired.
- 14:15 The database was suspected.
- 16:30 The database was ruled out.
- 16:35 The cause was identified: the load balancer's weights.
- 17:00 Service was restored.

## Root cause
The root cause was the load balancer's configuration.

## Action items
- Check the weights in staging (ops team, by 2023-12-01, OPS-1)
```

## Good
```markdown
## Timeline, 10 November 2023 (UTC)
- 13:50 An alert fired.
- 14:15 The database was suspected.
- 16:30 The database was ruled out.
- 16:35 The cause was identified: the load balancer's weights.
- 17:00 Service was restored.

## Root cause
The root cause was the load balancer's configuration.

## Action items
- Put the share of each server on the first page, to rule out the load balancer within 5 minutes (ops team, by 2023-12-01, OPS-1)
```

## How sure
High for the minutes where both times are told; medium for the layer, which is told by words.

## See also
`team-engaged-late` · `unexplained-gap` · [Howie: the post-incident guide](https://www.jeli.io/howie/welcome)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import Quote, ReviewFinding, WrongHypothesis
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first wrong hypothesis."""
    told = [(h, minutes) for h in facts.wrong if (minutes := h.minutes) is not None and minutes > 0]
    if not told or any(SHORTENS.search(text) for text in _lessons(facts)):
        return
    total = sum(minutes for _, minutes in told)
    seen, end = facts.times.get("detected"), facts.times.get("resolved") or facts.times.get("mitigated")
    whole = end.minutes_after(seen) if seen is not None and end is not None else 0
    part = f" of {whole:.0f}" if whole >= total else ""
    share = f" ({total / whole:.0%})" if whole >= total else ""
    each = ", ".join(f"{h.layer} {h.opened.clock}–{h.closed.clock}" for h, _ in told if h.closed is not None)
    message = f"{total:.0f}{part} minutes{share} on wrong hypotheses: {each}; no action or lesson shortens that"
    remedy = "Add an action that rules these out sooner: which figure, seen at the start, speaks against each"
    yield RULE.found(message, remedy, *dict.fromkeys(q for h, _ in told for q in _both(h)))


def _both(hypothesis: WrongHypothesis) -> tuple[Quote, ...]:
    return (hypothesis.quote,) if hypothesis.closed is None else (hypothesis.quote, hypothesis.closed.quote)


def _lessons(facts: Facts) -> list[str]:
    return [item.text for item in facts.items] + [s for s, _ in facts.said_in("lessons", "went-wrong", "surprised")]


SHORTENS = regexp(
    r"\b(?:rul(?:e|ing) out|diagnos\w+|faster|sooner|earlier|first (?:check|look|step|page)|time to (?:find|identify"
    r"|cause)|triage|decision tree|troubleshoot\w*|misle\w*|wrong (?:track|path|lead|hypothes\w+))\b",
    re.IGNORECASE,
)


RULE = ReviewRule("wrong-hypotheses-cost", "warning", check, __doc__)
