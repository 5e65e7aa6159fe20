"""A person is given as the cause.

## What it finds
"Human error", "mistake", "careless", "negligent", "forgot to", "should have known", and a person or a role as the subject of a verb of
failing, outside of the action items.

## Why it hurts
Who is blamed does not speak next time. The question that helps is what made the act look right, and what would have caught it.

## Bad
```markdown
## Root cause
The outage was due to human error: the engineer forgot to reload the service.
```

## Good
```markdown
## Root cause
The new configuration was not in force: nothing reloads the service after a change, and nothing compares the two.
```

## How sure
Medium.

## See also
`counterfactual-language` · [PagerDuty: postmortems](https://postmortems.pagerduty.com/)
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
        found = BLAME.search(sentence)
        if found and role != "actions" and quote.line not in lines and not NOT.search(sentence) and len(lines) < 5:
            lines.add(quote.line)
            remedy = "Say what made the act look right at the time, and what would have caught it"
            yield RULE.found(f'"{found[0]}" blames a person', remedy, quote)


NOT = regexp(r"\b(?:not|no|isn't|wasn't|rather than|instead of|blameless|avoid)\b[^.]{0,30}\b(?:human error|mistake|blam)", re.IGNORECASE)
BLAME = regexp(
    r"\b(?:human (?:error|mistake)|operator error|user error|careless\w*|negligen\w*|incompeten\w*"
    r"|should (?:have )?know(?:n)? better|by mistake|(?:his|her|their) (?:mistake|fault|error)"
    r"|(?:engineer|developer|operator|admin(?:istrator)?|sysadmin|technician|intern|employee|colleague|someone"
    r"|somebody|he|she)s? (?:\w+ )?(?:forgot|failed to|neglected|mistakenly|accidentally|mistyped|misconfigured"
    r"|overlooked|made (?:a|the) (?:mistake|error|typo)))\b",
    re.IGNORECASE,
)


RULE = ReviewRule("person-as-cause", "warning", check, __doc__)
