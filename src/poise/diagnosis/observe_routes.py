"""Whether requests left one pool and came to another at the same moment."""

from collections.abc import Iterable, Mapping

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# Of fewer requests a second before it is not worth a word that they went elsewhere.
LEAST_RATE = 1.0


def observe_routes(cut: Halves) -> Iterable[Sign]:
    """One sign where there are several pools: of the one that lost most."""
    found = pools(cut)
    if len(found) < 2 or cut.before is None:
        return
    now, usual = ({p.name: _rate(cut, p, normal) for p in found} for normal in (False, True))
    lost = {name: usual[name] - now[name] for name in usual if usual[name] >= LEAST_RATE}
    if not lost:
        return
    emptied = max(lost, key=lambda name: lost[name])
    yield from _sign(cut, emptied, lost[emptied], now, usual)


def _sign(cut: Halves, pool: str, lost: float, now: Mapping[str, float], usual: Mapping[str, float]) -> Iterable[Sign]:
    gained = {name: now[name] - usual[name] for name in now if name != pool}
    other = max(gained, key=lambda name: gained[name])
    surely = degree(MIDDLE + 10 * (min(lost / usual[pool], max(gained[other], 0.0) / max(lost, 1e-9), 1.0) - 0.6), certainty(_samples(cut)))
    label = f"requests per second of {pool}, while {other} got {gained[other]:+.1f} a second"
    yield Sign("moved between pools", pool, label, round(usual[pool], 1), round(now[pool], 1), surely, "requests_total of all pools")


def _samples(cut: Halves) -> int:
    return max((len(cut.now(c, "requests_total")) for p in pools(cut) for c in p.servers.values()), default=0)


def _rate(cut: Halves, parts: PoolParts, normal: bool) -> float:
    counted = (cut.counter_normal(c, "requests_total") if normal else cut.counter_now(c, "requests_total") for c in parts.servers.values())
    return sum(rise / seconds for each in counted if each is not None for rise, seconds in (each,) if seconds > 0)
