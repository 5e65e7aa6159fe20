"""Nothing says how it was detected.

## What it finds
A time of detection without a word of what noticed it: an alert, a monitor, a dashboard, a user, an engineer.

## Why it hurts
Whether a machine or a customer noticed decides what to do about it.

## Bad
```markdown
Detected: 2023-11-10 14:02 UTC

## Timeline (UTC)
- 14:10 The server was restarted.
- 14:30 Service was restored.
```

## Good
```markdown
Detected: 2023-11-10 14:02 UTC, by an alert on the error rate

## Timeline (UTC)
- 14:10 The server was restarted.
- 14:30 Service was restored.
```

## How sure
Medium.

## See also
`detection-missing` · `customers-detected-first`
"""

import re
from collections.abc import Iterable

from poise.model.postmortem import ReviewFinding
from poise.model.regexp import regexp
from poise.review.facts import Facts
from poise.review.rule import ReviewRule


def check(facts: Facts) -> Iterable[ReviewFinding]:
    """At most one, at the detection."""
    seen = facts.times.get("detected")
    if seen is None or facts.document.has("detection"):
        return
    said = [seen.quote.text, *(e.text for e in facts.events if e.kind == "detection")]
    if not any(METHOD.search(text) for text in said):
        yield RULE.found(f"detected at {seen.clock}, but not by what", "Say what noticed it: which alert, dashboard or person", seen.quote)


METHOD = regexp(
    r"\b(?:alert\w*|alarm\w*|monitor\w*|dashboards?|graphs?|metrics?|page[dr]?\b|pager\w*|customers?|users?|clients?"
    r"|support|tickets?|engineers?|on-?call|team|staff|"
    r"colleagues?|developers?|operators?|admin\w*|sre|probes?|checks?|logs?|we|emails?|calls?|tweets?|reports?"
    r"|datadog|grafana|nagios|prometheus|"
    r"zabbix|sentry|pingdom|new relic|cloudwatch|slack)\b",
    re.IGNORECASE,
)


RULE = ReviewRule("detection-method-missing", "warning", check, __doc__)
