"""Reviews one load balancer's configuration as its files stand: audit, forecast with the loss of servers, acceptances that end."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise.app.acceptances import Declared
from poise.app.audit import AuditOptions, audit
from poise.app.predict import predict
from poise.daemon.watched import Watched
from poise.model.needs import Acceptance
from poise.model.reviewed import Reviewed, ReviewedAcceptance, ReviewedFinding, ReviewedNeed
from poise.reading.read import Sources

# So long before its end whoever accepted a finding is asked about it.
AHEAD = timedelta(days=14)


def review(watched: Watched, now: datetime, drift: Sequence[str] = ()) -> Reviewed:
    """`drift` is what the running load balancer has otherwise, as far as somebody looked. Takes seconds where a file is large."""
    sources = Sources(paths=watched.configurations, together=True)
    needs = Declared(watched.needs, (), str(watched.needs_path or "poise.toml"))
    audited = audit(sources, AuditOptions(needs=needs), now.date())
    forecast = predict(sources, needs)
    today = now.date()
    accepted = watched.needs.accept
    return Reviewed(
        watched.name,
        now,
        tuple(ReviewedFinding(f.rule, f.severity, f.location.file, f.pool, f.server, f.message) for f in audited.findings),
        tuple(ReviewedNeed(p.pool, n.need, n.detail) for p in forecast.pools for n in p.needs if not n.met),
        tuple(drift),
        _kept(a for a in accepted if today <= a.until <= today + AHEAD),
        _kept(a for a in accepted if a.until < today),
        tuple(dict.fromkeys((*audited.could_not, *forecast.could_not))),
    )


def _kept(acceptances: Iterable[Acceptance]) -> tuple[ReviewedAcceptance, ...]:
    return tuple(ReviewedAcceptance(a.rule, a.pool, a.by, a.until) for a in acceptances)
