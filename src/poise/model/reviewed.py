"""What a review of one load balancer's configuration found on one day, small enough to be kept and compared with the next."""

from dataclasses import dataclass
from datetime import date, datetime

from poise.model.could_not import CouldNot
from poise.model.finding import Severity


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding without its place in the file: lines move with every edit."""

    rule: str
    severity: Severity
    file: str
    pool: str | None
    server: str | None
    message: str

    @property
    def key(self) -> tuple[str, str, str | None, str | None]:
        """What makes two the same."""
        return self.rule, self.file, self.pool, self.server


@dataclass(frozen=True, slots=True)
class ReviewedNeed:
    """A declared need of a pool that the forecast does not meet, the loss of a server included."""

    pool: str
    need: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReviewedAcceptance:
    """An accepted finding that ends within two weeks, or has ended."""

    rule: str
    pool: str | None
    by: str
    until: date


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review. `drift` is what then differed between the file and what runs, in words; `could_not` what was not reviewed."""

    load_balancer: str
    at: datetime
    findings: tuple[ReviewedFinding, ...] = ()
    unmet: tuple[ReviewedNeed, ...] = ()
    drift: tuple[str, ...] = ()
    ending: tuple[ReviewedAcceptance, ...] = ()
    ended: tuple[ReviewedAcceptance, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
