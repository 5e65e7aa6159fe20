"""What is given as the cause is a symptom.

## What it finds
A section about the cause whose sentences say only that something was slow, stuck, overloaded, unresponsive or failing, and neither what
made it so nor which part was changed or wrong.

## Why it hurts
A repair of a symptom lasts until the next time.

## Bad
```markdown
## Root cause
The server was overloaded and became unresponsive.
```

## Good
```markdown
## Root cause
The server was overloaded and became unresponsive, because a wrong weight sent it nine of ten requests.
```

## How sure
Low: reasons are told by words such as because, due to, misconfigured, bug, limit.

## See also
`trigger-missing` · [Google SRE: postmortem culture](https://sre.google/sre-book/postmortem-culture/)
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the first sentence about the cause."""
    said = facts.said_in("cause")
    text = " ".join(sentence for sentence, _ in said)
    if said and not facts.document.has("contributing", "trigger") and SYMPTOM.search(text) and not REASON.search(text):
        remedy = "Ask what made it so, and which part, as it was, let that happen"
        yield RULE.found("the cause is told as a symptom: nothing says what brought it about", remedy, said[0][1])


SYMPTOM = regexp(
    r"\b(?:slow\w*|stuck|hung|hang(?:s|ing)?|errors?|unresponsive|overload\w*|not responding|unavailable|down"
    r"|crash\w*|fail(?:ed|ing|ure)|timeouts?|timed out|high (?:cpu|load|memory))\b",
    re.IGNORECASE,
)
REASON = regexp(
    r"\b(?:because|due to|caused|as a result|resulted?|led to|lead to|since|after|when|misconfigur\w*|config\w*|bug"
    r"|defect|leak\w*|limit\w*|expir\w+|typo|wrong|incorrect\w*|missing|deploy\w*|releas\w*|chang\w*|migrat\w*"
    r"|upgrad\w*|full|exhaust\w*|ran out|exceed\w*|lock\w*|race|certificate|weights?|setting|version|unpatched|index"
    r"|deleted|removed|disabled|power|hardware|cable|attack|spike|surge|traffic|too (?:many|few|small|low|high"
    r"|large))\b",
    re.IGNORECASE,
)


RULE = ReviewRule("symptom-as-cause", "warning", check, __doc__)
