"""One incident, told with one thing wrong in as many ways as people say it: each is found by its rule, and the true telling is not."""

import pytest

from poise.review.review import review

COURSE = """

## Timeline (UTC)
- 13:58 errors begin on the shop
- 14:10 alert fires
- 14:12 on-call acknowledges
- 14:40 cause found: a full disk on the database
- 14:50 disk extended, errors drop
- 15:00 service fully restored
"""
TITLE = "# Outage of Friday, 10 November 2023\n\n"
WAYS = {
    "duration-mismatch": (
        "Duration: 3 hours",
        "The outage lasted three hours.",
        "Total downtime 180 min.",
        "Customers could not order for three hours.",
        "A three-hour outage hit the shop.",
        "For three hours nobody could order.",
        "Length of outage = 180 minutes",
        "We were offline 3 hours.",
        "Outage (14:00–15:00, 3 hours)",
    ),
    "stated-detection-time-differs": (
        "TTD 45 min",
        "Detected after 45 minutes.",
        "It took us 45 minutes to notice.",
        "The alert came 45 minutes after the start.",
        "Detection delay: 45 min",
    ),
    "stated-recovery-time-differs": (
        "MTTR 3h",
        "Recovery took three hours.",
        "We needed three hours to restore service.",
        "Resolved after 3 hours.",
    ),
    "detection-before-start": ("Start: 14:30 UTC\nEnd: 15:00 UTC", "Outage from 14:30 to 15:00 UTC.", "Impact window: 14:30-15:00 UTC"),
    "restoration-after-declared-end": (
        "Start: 13:58 UTC\nEnd: 14:45 UTC",
        "Outage from 13:58 to 14:45 UTC.",
        "Service restored: 14:45 UTC",
    ),
    "wrong-weekday": ("2023-11-10 (Monday)", "November 10, 2023 (Mon)", "It was 10 November 2023, a Monday."),
    "contradictory-impact": (
        "## Impact\nAll users were affected. About 30 % of users saw errors.",
        "## Impact\nThe shop was down for everybody. 60 of our 90 shops were affected.",
    ),
    "conflicting-figures": (
        "## Summary\n1,200 orders failed.\n\n## Impact\n3,400 orders failed.",
        "Failed requests: 10,000\n\n## Impact\n25,000 requests failed.",
        "## Summary\n12 % of requests failed.\n\n## Impact\n35 % of requests failed.",
    ),
    "conflicting-cause": (
        "## Summary\nThe reason was an unusual crowd of people that came for the sale.\n\n## Cause\nThe disk of the database was full.",
    ),
}
TRUE = (
    "Duration: 62 minutes",
    "It took us 12 minutes to notice.",
    "Recovery took about an hour.",
    "Outage from 13:58 to 15:00 UTC.",
    "2023-11-10 (Friday)",
    "## Impact\nAll users were affected for an hour.",
    "## Summary\n1,200 orders failed.\n\n## Impact\n1,200 orders failed, 300 of them twice.",
    "## Summary\nThe database was out of disk.\n\n## Cause\nThe disk of the database was full.",
)


@pytest.mark.parametrize(("rule", "said"), [(rule, said) for rule, ways in WAYS.items() for said in ways])
def test_the_contradiction_is_found(rule: str, said: str) -> None:
    title = TITLE if rule != "wrong-weekday" else "# Outage of the shop\n\n"
    assert rule in [finding.rule for each in review(title + said + COURSE) for finding in each.findings]


@pytest.mark.parametrize("said", TRUE)
def test_the_truth_is_no_contradiction(said: str) -> None:
    found = [f for each in review(TITLE + said + COURSE) for f in each.findings]
    assert [(f.rule, f.message) for f in found if f.severity == "error" or f.rule in WAYS] == []


def test_one_moment_in_two_zones() -> None:
    rows = ("| 7:30 | 13:30 | alert |", "| 7:40 | 13:40 | cause found |", "| 8:20 | 15:20 | restored |")
    text = "# Outage of 10 February 2025\n\n| Chicago (CST) | London (GMT) | What |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    (reviewed,) = review(text)
    (finding,) = [f for f in reviewed.findings if f.rule == "conflicting-time-zones"]
    assert finding.line == 7
