"""Reviews a load balancer on a schedule and at every change of its files: audit, loss of one server, drift, acceptances that end. Kept, and
held against the last that was good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

from poise.app.acceptances import Declared
from poise.app.audit import AuditOptions, audit
from poise.app.needs import read_needs
from poise.app.predict import predict
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.detectors import acceptance_ended, review_worse
from poise.detectors.detector import Detector
from poise.detectors.drift import judge as drift
from poise.model.alert import Verdict
from poise.model.audit import Audit
from poise.model.configuration_review import KeptReview, Loss, Review, ReviewedAcceptance, ReviewedFinding, acceptance_words, missed, worse
from poise.model.needs import Acceptance
from poise.model.sample import Window
from poise.reading.read import Sources
from poise.rules.engine import accepts
from poise.store.review_log import ReviewLog
from poise.store.store_error import StoreError

# How the daemon tells of a file that is not what it was.
EDITED = (" was edited", " part of the configuration")
# Reviewed in the middle of an edit, half of what was meant stands in the file.
SETTLED = timedelta(seconds=5)
# Before that there are no figures to hold against the file.
FIRST_LOOKS = timedelta(seconds=10)
# So long before its end whoever accepted a finding is asked about it.
AHEAD = timedelta(days=14)
# While the last review is worse, whether somebody signed it is looked up this often.
HEAR_EVERY = timedelta(seconds=30)
# A locked store costs no more of a review than that.
BUSY = timedelta(seconds=2)


class ScheduledReview:
    """The reviews of one load balancer, kept in `store`. `last` is the newest, `base` what it is held against: the newest that was not
    worse, or that was signed. `watched` may be replaced when its needs or files are."""

    def __init__(self, watched: Watched, store: Path, when: timedelta | time) -> None:
        self.watched, self.when = watched, when
        self._store = store
        self._running = self._only_hear = False
        self._began: datetime | None = None
        self._asked: datetime | None = None
        self._hear: datetime | None = None
        self._kept: KeptReview | None = None
        self.base: Review | None = None
        self.last: Review | None = None

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """What judges the last review at each look."""
        name = self.watched.name
        return (
            replace(review_worse.DETECTOR, judge=lambda window, at: review_worse.compare(name, self.base, self.last)),
            replace(acceptance_ended.DETECTOR, judge=lambda window, at: acceptance_ended.judge(name, self.last)),
        )

    def due(self, tick: Tick) -> bool:
        """Whether to call `take` now; asked at every turn. After it said so it says no until `take` is through."""
        if any(event.kind == "change" and any(words in event.text for words in EDITED) for event in tick.events):
            self._asked = tick.at + SETTLED
        if self._running:
            return False
        self._began = self._began or tick.at
        review = self._is_due(tick)
        self._only_hear = not review and self._hear is not None and tick.at >= self._hear
        self._running = review or self._only_hear
        return self._running

    def _is_due(self, tick: Tick) -> bool:
        if self._asked is not None:
            return tick.at >= self._asked
        if self._began is None or tick.at < self._began + FIRST_LOOKS:
            return False
        if self.last is None:
            return True
        if isinstance(self.when, timedelta):
            return tick.at >= self.last.at + self.when
        today = datetime.combine(tick.at.date(), self.when, tick.at.tzinfo)
        return self.last.at < today <= tick.at

    def take(self, tick: Tick) -> list[str]:
        """Review, keep, compare, or hear whether the last was signed: the lines to tell. It reads and writes files and takes a second or
        more: call it in a thread."""
        try:
            return self._heard(tick) if self._only_hear else self._take(tick)
        finally:
            self._running = self._only_hear = False

    def _take(self, tick: Tick) -> list[str]:
        # An edit while this is made asks for the next.
        self._asked = None
        lines = self._measure()
        made = self._made(tick)
        found = worse(self.base, made) if self.base is not None else ()
        # What was not looked at has no findings: the next must not be held against that.
        unread = missed(self.base, made) if self.base is not None else ()
        found += tuple(f"not reviewed: {line}" for line in unread)
        lines = [_said(made, None if self.base is None else found), *lines]
        lines += [f"review: accepted, but not for long: {acceptance_words(each)}" for each in made.ending]
        lines += [f"review: no longer accepted: {acceptance_words(each)}" for each in made.ended]
        lines += [f"could not: {line}: this review does not count it" for line in made.could_not]
        compared_with = None if self._kept is None or self.base is None else self._kept.number
        try:
            with ReviewLog(self._store, BUSY) as log:
                kept = log.append(self.watched.name, self._files(), made, found, compared_with)
        except StoreError as error:
            kept = None
            lines.append(f"could not: {error}: the review is not kept, the next is compared with this one all the same")
        if not found:
            self.base, self._kept = made, kept
        self.last, self._hear = made, tick.at + HEAR_EVERY if found else None
        return lines

    def _heard(self, tick: Tick) -> list[str]:
        """Somebody may have signed the last review."""
        self._hear = tick.at + HEAR_EVERY
        before = self.base
        lines = self._measure()
        if self.base is before or self.last is None or self.base is None or worse(self.base, self.last) or self._kept is None:
            return lines
        self._hear = None
        return [*lines, *(f"review {self._kept.number} was signed by {sign.by}: {sign.note}" for sign in self._kept.signed[-1:])]

    def _measure(self) -> list[str]:
        """Take up what the store says this is held against, where it is newer than what is known here."""
        if not self._store.exists():
            return []
        try:
            with ReviewLog(self._store, BUSY) as log:
                kept = log.measure(self.watched.name, self._files())
        except StoreError as error:
            return [f"could not: {error}: " + ("this review is compared with none" if self.base is None else "whether it was signed")]
        if kept is not None and (self.base is None or kept.review.at > self.base.at):
            self.base, self._kept = kept.review, kept
        return []

    def _files(self) -> tuple[str, ...]:
        return tuple(str(Path(path).resolve()) for path in self.watched.configurations)

    def _made(self, tick: Tick) -> Review:
        watched, today = self.watched, tick.at.date()
        sources = Sources(paths=watched.configurations, together=True)
        declared = (
            Declared(watched.needs) if watched.needs_path is None else Declared(*read_needs(watched.needs_path), str(watched.needs_path))
        )
        audited = audit(sources, AuditOptions(needs=declared), today)
        forecast = predict(sources, declared)
        losses = {}
        for pool in forecast.pools:
            worst = max((loss for loss in pool.without if len(loss.lost) == 1), key=lambda loss: loss.top_share, default=None)
            if worst is not None and worst.top is not None:
                losses[pool.pool] = Loss(worst.lost[0], worst.top, round(worst.top_share, 4))
        accepted = declared.needs.accept
        soon = [a for a in accepted if today <= a.until <= today + AHEAD and any(by is a for _, by in audited.accepted)]
        return Review(
            tick.at,
            _findings(audited, accepted, tick),
            losses,
            {f"{pool.pool}: {check.need}": check.detail for pool in forecast.pools for check in pool.needs if not check.met},
            _drift(tick.window, tick.at),
            tuple(map(_acceptance, soon)),
            tuple(_acceptance(a) for a in accepted if a.until < today and any(accepts(a, f) for f in audited.findings)),
            tuple(dict.fromkeys(f"{each.what}: {each.reason}" for each in (*audited.could_not, *forecast.could_not))),
        )


def _said(made: Review, found: Sequence[str] | None) -> str:
    errors = sum(finding.severity == "error" for finding in made.findings)
    said = f"review: {len(made.findings)} findings ({errors} errors), {len(made.unmet)} needs not met, {len(made.drift)} differences"
    return f"{said} between file and running state" + ("" if found is None else f"; {len(found) or 'nothing'} worse")


def _findings(audited: Audit, accepted: Sequence[Acceptance], tick: Tick) -> tuple[ReviewedFinding, ...]:
    made = []
    for f in audited.findings:
        # As the audit does, the first that is for it counts.
        by = next((each for each in accepted if accepts(each, f)), None)
        ended = by.until if by is not None and by.until < tick.at.date() else None
        made.append(ReviewedFinding(f.rule, f.severity, f.location.file, f.pool, f.server, f.message, ended))
    return tuple(made)


def _drift(window: Window, at: datetime) -> tuple[str, ...]:
    found = [v for v in drift(window, at) if isinstance(v, Verdict) and v.state == "bad"]
    return tuple(f"{v.component}: {difference}" for v in found for difference in v.reason.split("; "))


def _acceptance(a: Acceptance) -> ReviewedAcceptance:
    return ReviewedAcceptance(a.rule, a.pool, a.by, a.until)
