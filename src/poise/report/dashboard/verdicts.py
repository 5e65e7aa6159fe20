"""What a pool's figures mean, in a sentence or two: who is off, by how much, since when, and what explains it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from poise.balance.evenness import FEWEST_REQUESTS
from poise.incidents.figures import percent
from poise.incidents.log_event import alert_words
from poise.model.alert import Alert
from poise.model.hashes import ENVOY_HASHES, HAPROXY_HASHES, NGINX_HASHES
from poise.model.instants import clock
from poise.model.sample import Silence
from poise.model.topology import Pool
from poise.report.dashboard.server_words import times
from poise.report.dashboard.views import ServerView

# What the weights give explains a share that is this near to it: the band of a share at a few hundred requests.
NEAR = 0.03
MOST_OTHERS = 2
# Shorter than the shortest span that shares are usually counted over, less the jitter of looks.
SURE_SECONDS = 9.5
KEYED = frozenset((*HAPROXY_HASHES, *NGINX_HASHES, *ENVOY_HASHES))


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one pool. `requests` are those counted over `span_seconds`, None where nothing was; `given` are the shares that
    weights and algorithm give; `reference` says whose wish the expected shares are."""

    pool: Pool
    servers: Sequence[ServerView]
    requests: int | None
    span_seconds: float
    reference: str
    given: Mapping[str, float] | None
    uneven: Alert | None
    others: Sequence[Alert]


def verdict(of: Judged, silence: Silence | None) -> tuple[str, str]:
    """What is so, and what explains it (empty where nothing needs to be explained)."""
    if of.requests is None:
        return f"Nothing is known: {silence.reason}." if silence is not None else "No figures of its servers yet.", ""
    hot = _furthest(of.servers)
    if of.uneven is not None and hot is not None:
        # What else fires in this pool follows from that more often than not, and stands among the alerts.
        return _uneven(hot, of.reference, of.uneven.since), _explained(of, hot)
    said = [_sentence(alert_words(a)) for a in of.others[:MOST_OTHERS]]
    more = len(of.others) - MOST_OTHERS
    said += [f"{more} more {'alert' if more == 1 else 'alerts'}."] if more > 0 else []
    return " ".join([*said, _in_order(of)]), ""


def _furthest(servers: Sequence[ServerView]) -> ServerView | None:
    """The one furthest above its share, since that one runs full; else the one furthest below."""
    known = [(s.share - s.expected, s) for s in servers if s.share is not None and s.expected is not None]
    return max(known, key=lambda each: each[0])[1] if known else None


def _uneven(hot: ServerView, reference: str, since: datetime) -> str:
    share, expected = hot.share or 0.0, hot.expected or 0.0
    wish = f"{reference} {percent(expected)}"
    return f"{hot.server} gets {percent(share)} of the requests, {wish}: {times(share, expected)}, since {clock(since)}."


def _explained(of: Judged, hot: ServerView) -> str:
    """Weights, clients that stick, few keys, or none of what poise knows: what to look at, and what not to."""
    given = None if of.given is None else of.given.get(hot.server)
    weights = [s.weight_running if s.weight_running is not None else s.weight_file for s in of.servers]
    own = hot.weight_running if hot.weight_running is not None else hot.weight_file
    if given is not None and hot.share is not None and abs(given - hot.share) <= NEAR and hot.expected != given:
        total = sum(w or 0 for w in weights)
        moved = f" The file says {hot.weight_file}: it was changed while running." if own != hot.weight_file else ""
        return f"The weights explain it: its weight is {own} of {total}.{moved}"
    if of.pool.persistence is not None:
        return f"The weights do not explain it; clients that stick ({of.pool.persistence}) may."
    if of.pool.algorithm.name in KEYED:
        return f"The weights do not explain it; few or busy keys ({of.pool.algorithm.name}) may."
    same = f"all {weights[0]}" if len(set(weights)) == 1 else "/".join(str(w) for w in weights[:8])
    out = [s.server for s in of.servers if s.state in ("down", "maintenance", "drain")]
    health = f"{len(out)} of {len(of.servers)} servers are out" if out else "all servers are up"
    return f"Not explained by weights ({same}), by clients that stick (none do) or by {of.pool.algorithm.name}; {health}."


def _in_order(of: Judged) -> str:
    serving = [s for s in of.servers if s.share is not None]
    out = [s for s in of.servers if s.state in ("down", "maintenance", "drain")]
    gone = "".join(f"{s.server} is {'draining' if s.state == 'drain' else 'in ' * (s.state == 'maintenance') + s.state}. " for s in out[:3])
    gone += f"{len(out) - 3} more get no requests. " if len(out) > 3 else ""
    count = of.requests or 0
    if len(of.servers) == 1:
        return f"{gone}One server takes all of it: {count:,} requests in {of.span_seconds:.0f} s."
    if count < FEWEST_REQUESTS or not serving:
        return f"{gone}Too little traffic to judge: {count} requests in {of.span_seconds:.0f} s."
    most = max(serving, key=lambda s: s.share or 0.0)
    ought = "" if most.expected is None else f"; {of.reference} {percent(most.expected)}"
    if of.span_seconds < SURE_SECONDS:
        stray = 0.0 if most.expected is None or most.high is None else 100 * (most.high - most.expected)
        found = f"{most.server} gets the most, {percent(most.share or 0.0)} of {count:,} requests{ought}"
        return f"{gone}Only {of.span_seconds:.0f} s are known yet: {found}. A share that is {stray:.0f} points off may be chance."
    return f"{gone}As expected: {most.server} gets the most, {percent(most.share or 0.0)} of {count:,} requests{ought}."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
