"""What a pool itself turns away: requests for which its own limits leave no place, and limits that were lowered."""

from collections.abc import Iterable
from math import isfinite

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.saturation import UNKNOWN, room
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# What Envoy counts and shows when a circuit breaker is open; retries have one of their own, which guards and does not hurt.
REFUSED = ("connections_refused_total", "requests_refused_total")
OPEN = ("connections_breaker_open", "requests_breaker_open", "queue_breaker_open")
# nginx: no server was left to try. Where all of them are counted as up and answer, their own limit (max_conns) is what is left.
UNSERVED = "unserved_total"
LIMITS = ("connection_limit", "limit", "queue_limit")
LOWERED = 1.5


def observe_refusals(cut: Halves) -> Iterable[Sign]:
    """All such signs of all pools."""
    for parts in pools(cut):
        yield from _refuses(cut, parts)
        yield from _lowered(cut, parts)


def _refuses(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    open_ = [cut.now(parts.name, m) for m in OPEN]
    share = max((float(each.mean()) for each in open_ if len(each)), default=0.0)
    samples = max((len(each) for each in open_), default=0)
    rates = [_risen(cut, parts.name, m) for m in REFUSED]
    if UNSERVED in _metrics(cut, parts.name) and not _failing(cut, parts):
        rates.append(_risen(cut, parts.name, UNSERVED))
    known = [rate for rate in rates if rate is not None]
    if not samples and not known:
        return
    rate = max(known, default=0.0)
    # Full applications are the narrow place, whatever the limits before them turn away.
    free = max((room(cut, c, parts.applications.get(s)) for s, c in parts.servers.items()), default=UNKNOWN)
    opened = degree(MIDDLE + 6 * (share - 0.5), certainty(samples)) if samples else 0.0
    surely = max(opened, degree(3 * rate, 0.95)) * free
    label = f"requests and connections a second for which the limits of {parts.name} left no place, its applications not full"
    yield Sign("pool refuses", parts.name, label, 0, round(rate, 2), surely, ", ".join((*REFUSED, UNSERVED)))


def _metrics(cut: Halves, pool: str) -> tuple[str, ...]:
    return tuple(m for m in (*REFUSED, UNSERVED) if len(cut.window.get(pool, m).values))


def _risen(cut: Halves, pool: str, metric: str) -> float | None:
    """A second, beyond the usual."""
    now, before = cut.counter_now(pool, metric), cut.counter_normal(pool, metric)
    if now is None or now[1] <= 0:
        return None
    usual = before[0] / before[1] if before is not None and before[1] > 0 else 0.0
    return max(now[0] / now[1] - usual, 0.0)


def _failing(cut: Halves, parts: PoolParts) -> bool:
    """Is a server down, or do attempts fail, or does nothing tell: then nginx may leave servers alone for that."""
    if not any(len(cut.now(c, "up")) for c in parts.servers.values()):
        return True
    down = any(len(up := cut.now(c, "up")) and float(up.min()) < 0.5 for c in parts.servers.values())
    failed = [
        c[0] for s in parts.servers.values() for m in ("connection_errors_total", "response_errors_total") if (c := cut.counter_now(s, m))
    ]
    return down or sum(failed) > 2


def _lowered(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    found = []
    if parts.pool is not None and parts.pool.product == "haproxy":
        return  # what HAProxy shows as a backend's limit is its fullconn, which refuses nobody
    for metric in LIMITS:
        usual, now = cut.median_normal(parts.name, metric), cut.setting(parts.name, metric)
        if usual and now is not None and now > 0 and isfinite(usual) and isfinite(now):
            found.append((usual / now, usual, now, metric))
    if found:
        ratio, usual, now, metric = max(found)
        label = f"{metric.replace('_', ' ')} of {parts.name}"
        yield Sign("pool limit lowered", parts.name, label, usual, now, degree(MIDDLE + 5 * (ratio - LOWERED)), metric)
