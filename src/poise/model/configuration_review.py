"""What a scheduled review of one load balancer found, small enough to be kept and held against the next. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime

from poise.model.finding import SEVERITY_ORDER, Severity
from poise.model.light import dataclass

# A share that is so much larger is worse, and not a figure that was rounded otherwise.
NOTABLE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding without its line, which moves with every edit. `ended` is when somebody's acceptance of it ended."""

    rule: str
    severity: Severity
    file: str
    pool: str | None
    server: str | None
    message: str
    ended: date | None = None

    @property
    def key(self) -> tuple[str, str, str | None, str | None]:
        """What makes two the same."""
        return self.rule, self.file, self.pool, self.server


@dataclass(frozen=True, slots=True)
class Loss:
    """The worst single loss of a pool: without `lost`, `top` gets `share` 0–1 of the requests."""

    lost: str
    top: str
    share: float


@dataclass(frozen=True, slots=True)
class ReviewedAcceptance:
    """An accepted finding that is still there."""

    rule: str
    pool: str | None
    by: str
    until: date


@dataclass(frozen=True, slots=True)
class Review:
    """`losses` are by pool; `unmet` is by pool and need, with the figures; `drift` are differences between the running load balancer and
    its file, `ending` are acceptances that end within two weeks, `ended` those that did, `could_not` what was not reviewed."""

    at: datetime
    findings: tuple[ReviewedFinding, ...] = ()
    losses: Mapping[str, Loss] = field(default_factory=dict)
    unmet: Mapping[str, str] = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    ending: tuple[ReviewedAcceptance, ...] = ()
    ended: tuple[ReviewedAcceptance, ...] = ()
    could_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignOff:
    """That a named person stands for what a review found. `digest` is that of what was signed."""

    at: datetime
    by: str
    note: str
    digest: str


@dataclass(frozen=True, slots=True)
class KeptReview:
    """A review as it is kept. `worse` is what was worse than in the review `compared_with`; `digest` is the SHA-256 of what was found."""

    number: int
    load_balancer: str
    files: tuple[str, ...]
    review: Review
    worse: tuple[str, ...] = ()
    compared_with: int | None = None
    digest: str = ""
    signed: tuple[SignOff, ...] = ()


def gained(before: Review, after: Review) -> tuple[ReviewedFinding, ...]:
    """Findings of `after` that `before` had not, or not as often, errors first. A note (info) harms nobody, and an acceptance that ended
    is told as that: what it accepted is new when somebody deletes it."""
    left = Counter(finding.key for finding in before.findings if finding.ended is None)
    new = []
    for finding in after.findings:
        if finding.ended is not None or finding.severity == "info":
            continue
        if left[finding.key] > 0:
            left[finding.key] -= 1
        else:
            new.append(finding)
    return tuple(sorted(new, key=lambda finding: -SEVERITY_ORDER.index(finding.severity)))


def broken(before: Review, after: Review) -> Sequence[str]:
    """Needs that were met, or not declared, and are not met now."""
    return [need for need in after.unmet if need not in before.unmet]


def worse(before: Review, after: Review) -> tuple[str, ...]:
    """What is worse than it was, a line each, errors first; empty where nothing is."""
    lines = [f"{finding.severity}: {finding.message}" for finding in gained(before, after)]
    lines += [f"need not met: {need}: {after.unmet[need]}" for need in broken(before, after)]
    for pool, loss in after.losses.items():
        old = before.losses.get(pool)
        if old is not None and loss.share > old.share + NOTABLE_SHARE:
            lines.append(f"pool {pool}: without {loss.lost}, {loss.top} gets {loss.share:.0%} where {old.top} got {old.share:.0%}")
    lines += [f"running otherwise than the file: {line}" for line in after.drift if line not in before.drift]
    return tuple(lines)


def missed(before: Review | None, after: Review) -> tuple[str, ...]:
    """What could not be reviewed and could be before: of that nothing is known to be in order."""
    return tuple(line for line in after.could_not if before is None or line not in before.could_not)


def acceptance_words(acceptance: ReviewedAcceptance) -> str:
    """The acceptance, by whom and until when."""
    of = "" if acceptance.pool is None else f" of pool {acceptance.pool}"
    return f"{acceptance.rule}{of}, accepted by {acceptance.by} until {acceptance.until}"
