"""What a review found as text, and back. Pure."""

import json
from datetime import date, datetime
from typing import Any

from poise.model.configuration_review import Loss, Review, ReviewedAcceptance, ReviewedFinding
from poise.model.finding import Severity


def text_of(review: Review) -> str:
    """All but the instant: two reviews that found the same have the same text."""
    content = {
        "findings": [[f.rule, f.severity, f.file, f.pool, f.server, f.message, _day(f.ended)] for f in review.findings],
        "losses": {pool: [loss.lost, loss.top, loss.share] for pool, loss in review.losses.items()},
        "unmet": dict(review.unmet),
        "drift": review.drift,
        "ending": [[a.rule, a.pool, a.by, _day(a.until)] for a in review.ending],
        "ended": [[a.rule, a.pool, a.by, _day(a.until)] for a in review.ended],
        "could_not": review.could_not,
    }
    # Lone surrogates, as from a file name, are no UTF-8: JSON's \u escapes carry them through the database unharmed.
    return json.dumps(content, ensure_ascii=True, sort_keys=True)


def review_of(text: str, at: datetime) -> Review:
    """Raises ValueError, KeyError or TypeError where the text is none of ours."""
    content = json.loads(text)
    return Review(
        at,
        tuple(_finding(*found) for found in content["findings"]),
        {pool: Loss(lost, top, float(share)) for pool, (lost, top, share) in content["losses"].items()},
        {str(need): str(detail) for need, detail in content["unmet"].items()},
        tuple(map(str, content["drift"])),
        _acceptances(content["ending"]),
        _acceptances(content["ended"]),
        tuple(map(str, content["could_not"])),
    )


def _finding(
    rule: str, severity: Severity, file: str, pool: str | None, server: str | None, message: str, ended: str | None
) -> ReviewedFinding:
    return ReviewedFinding(rule, severity, file, pool, server, message, None if ended is None else date.fromisoformat(ended))


def _acceptances(rows: Any) -> tuple[ReviewedAcceptance, ...]:
    return tuple(ReviewedAcceptance(rule, pool, by, date.fromisoformat(until)) for rule, pool, by, until in rows)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
