"""Two places give two causes.

## What it finds
A sentence of the summary that blames one layer (caused by, due to, the reason was) where the section about the cause, and the event that
names it, blame another and hardly use its words. Two events that each give the cause, with different words, and neither is taken back.
Also a load balancer that was unable to distribute in one place and distributed unevenly in the other.

## Why it hurts
The actions follow from one of the two, and the next reader learns the other.

## Bad
```markdown
## Summary
The shop was down. The outage was caused by a failed switch in the network.

## Root cause
The root cause was a slow query that exhausted the database.
```

## Good
```markdown
## Summary
The shop was down. The outage was caused by a slow query in the database.

## Root cause
The root cause was a slow query that exhausted the database.
```

## How sure
Medium: silent where the section on the cause names the layer of the summary in any way.

## See also
`title-and-cause-disagree` · `single-root-cause`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.blamed import two_causes
from poise.review.facts import Facts
from poise.review.layers import named
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one of each kind."""
    found = next(two_causes(facts), None)
    if found is not None:
        yield RULE.found("two causes are given", REMEDY, *found)
        return
    reasons = facts.said_in("cause", "contributing", "trigger")
    innocent = [(s, q, named(s)) for s, q in reasons if EXONERATES.search(s)]
    named_there = named(" ".join(s for s, _ in reasons if not EXONERATES.search(s)))
    for sentence, quote in facts.said_in("summary", "other") if reasons else ():
        blamed = STRONG.search(sentence)
        here = named(sentence[blamed.end() : blamed.end() + 120]) if blamed else set()
        nouns = set(NOUN.findall(sentence[blamed.end() : blamed.end() + 120].lower())) if blamed else set()
        cleared = next((q for s, q, layers in innocent if here & layers and nouns & set(NOUN.findall(s.lower()))), None)
        blames = next((q for s, q in reasons if STRONG.search(s) and named(s)), None)
        if cleared is not None:
            yield RULE.found(
                f"the {_layers(here)} is blamed here, and cleared there",
                REMEDY,
                facts.place(quote, sentence[blamed.end() :] if blamed else ""),
                cleared,
            )
            return
        if here and blames is not None and not here & named_there and not innocent and "outside" not in here | named_there:
            message = f"the {_layers(here)} is blamed here, the {_layers(named_there)} there"
            yield RULE.found(message, REMEDY, quote, blames)
            return
    told = [(s, q) for role, s, q in facts.sentences if role in ("summary", "impact", "cause", "resolution", "contributing")]
    unable = next((q for s, q in told if UNABLE.search(s)), None)
    uneven = next((q for s, q in told if UNEVEN.search(s)), None)
    if unable is not None and uneven is not None:
        message = "it could not distribute at all here, and distributed unevenly there"
        yield RULE.found(message, "Say which of the two it did, by the requests that each server got", uneven, unable)


def _layers(layers: set[str]) -> str:
    return " or ".join(sorted(layers))


NOUN = regexp(r"\b(?:database|router|switch|network|load balancer|firewall|application|provider|server|cache|dns|resolver|queue)")
REMEDY = "Keep the one that the evidence shows, and say what the other had to do with it"
EXONERATES = regexp(
    r"\b(?:was|were|is|are|had been|and) (?:not (?:involved|at fault|to blame|the (?:cause|problem))|idle|innocent|healthy|fine"
    r"|configured correctly|working (?:correctly|normally))\b|\bnothing (?:was )?wrong with\b|\bhad nothing to do\b",
    re.IGNORECASE,
)
STRONG = regexp(
    r"\b(?:root cause (?:was|is)|caused by|cause (?:was|is)|due to|because|resulted from|in short: an? (?:error|fault"
    r"|failure) in)\b",
    re.IGNORECASE,
)
UNABLE = regexp(
    r"\b(?:unable|inability|failed|failure|not able|could not|stopped) (?:to )?(?:properly )?(?:distribut|balanc|rout"
    r"|forward)(?:e|ing)\b(?![^.]{0,40}(?:even|equal))",
    re.IGNORECASE,
)
UNEVEN = regexp(
    r"\b(?:distribut|balanc|spread|rout|split)\w*\b[^.;]{0,30}\b(?:uneven|unequal)\w*|\b(?:uneven"
    r"|unequal)\w*\b[^.;]{0,20}\b(?:distribut|balanc|spread|split)\w*",
    re.IGNORECASE,
)


RULE = ReviewRule("conflicting-cause", "error", check, __doc__)
