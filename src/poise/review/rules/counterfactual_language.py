"""It tells what did not happen.

## What it finds
"Should have", "could have", "would have", "if only", "had they", "failed to notice", outside of the action items.

## Why it hurts
What people did made sense with what they knew then. A sentence about what they did not do explains nothing of it.

## Bad
```markdown
## Lessons
The team should have looked at the load balancer first.
```

## Good
```markdown
## Lessons
The team looked at the database first: its graphs are on the first page, those of the load balancer on none.
```

## How sure
High that the words are there.

## See also
`hindsight-words` · [Howie: the post-incident guide](https://www.jeli.io/howie/welcome)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """One for each line, five at most."""
    lines: set[int] = set()
    for role, sentence, quote in facts.sentences:
        found = WORDS.search(sentence)
        if found and role != "actions" and quote.line not in lines and len(lines) < 5:
            lines.add(quote.line)
            yield RULE.found(
                f'"{found[0]}" tells what did not happen', "Say what was known then, and what made the choice look right", quote
            )


WORDS = regexp(
    r"\b(?:should(?:n't| not)? have|could(?:n't| not)? have|would(?:n't| not)? have|if only|had (?:they|we|he"
    r"|she) \w+ed|failed to (?:notice|see|realise|realize|check|test|consider))\b",
    re.IGNORECASE,
)


RULE = ReviewRule("counterfactual-language", "info", check, __doc__)
