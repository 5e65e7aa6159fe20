"""What `poise reviews` shows a person. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from poise.model.configuration_review import KeptReview, acceptance_words
from poise.report.printable import one_line


def reviews_text(found: Sequence[KeptReview]) -> str:
    """A line for each."""
    lines = [f"{kept.number}  {_head(kept)}" for kept in found] or ["No review is kept. `poise watch --review-every 1d CONFIG` makes them."]
    return "\n".join(map(one_line, lines)) + "\n"


def review_text(kept: KeptReview) -> str:
    """All of one."""
    return "\n".join(map(one_line, _lines(kept))) + "\n"


def _head(kept: KeptReview) -> str:
    review = kept.review
    worse = f"{len(kept.worse)} worse" if kept.worse else "no worse"
    signed = f", signed by {kept.signed[-1].by}" if kept.signed else ""
    said = f"{len(review.findings)} findings, {len(review.unmet)} needs not met, {len(review.drift)} differences"
    return f"{_instant(review.at)}  {kept.load_balancer}: {said}; {worse}{signed}"


def _lines(kept: KeptReview) -> Iterator[str]:
    review = kept.review
    yield f"Review {kept.number}, {_head(kept)}"
    yield f"of {', '.join(kept.files)}"
    parts = (
        (f"Worse than review {kept.compared_with}" if kept.compared_with else "Worse than the last", kept.worse),
        ("Findings", [f"{f.severity}: {f.rule}: {f.message}" for f in review.findings]),
        ("Needs not met", [f"{need}: {detail}" for need, detail in review.unmet.items()]),
        ("The worst loss of one server", [f"{p}: without {x.lost}, {x.top} gets {x.share:.0%}" for p, x in review.losses.items()]),
        ("Running otherwise than the file", review.drift),
        ("Acceptances that end soon", [*map(acceptance_words, review.ending)]),
        ("Acceptances that ended", [*map(acceptance_words, review.ended)]),
        ("Not reviewed", review.could_not),
        ("Signed", [f"{_instant(s.at)} by {s.by}: {s.note} ({s.digest[:12]})" for s in kept.signed]),
    )
    for title, lines in parts:
        if lines:
            yield from ("", f"{title}:", *(f"  {line}" for line in lines))


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
