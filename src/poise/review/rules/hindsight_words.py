"""Words that make it look easy afterwards.

## What it finds
"Simply", "obviously", "clearly", "of course", "trivial", and "just" before a verb, outside of the action items.

## Why it hurts
It was not obvious to those who were there, and who reads it keeps quiet about what is not obvious to them.

## Bad
```markdown
## Cause
The weight was obviously wrong.
```

## Good
```markdown
## Cause
The weight was 256 instead of 1, in a list of 40 servers.
```

## How sure
Low.

## See also
`counterfactual-language`
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
            yield RULE.found(f'"{found[0]}" makes it look easy afterwards', "Leave the word out, or say what could be seen then", quote)


WORDS = regexp(r"\b(?:simply|obvious(?:ly)?|clearly|of course|trivial(?:ly)?|needless to say|just (?:needed|had) to)\b", re.IGNORECASE)


RULE = ReviewRule("hindsight-words", "info", check, __doc__)
