"""The first line about a changed pool: what breaks, what moves, what moved it, and what it costs."""

from collections import Counter
from collections.abc import Mapping, Sequence

from poise.balance.changes.sides import and_others, going, several
from poise.model.forecast import NeedCheck, PoolForecast, ServerShare
from poise.model.light import dataclass
from poise.model.topology import Pool

UNMOVED = 0.0005  # less than what one digit of a percentage shows
MOST_CAUSES = 3
MORE = 1.5  # so many times more keys than traffic move where the hash itself changes; less is what the lost servers held


def percent(share: float) -> str:
    """A ratio 0–1 with one digit, which never says nothing of something or all of almost all."""
    if 0 < share < UNMOVED:
        return "under 0.1 %"
    if 1 - UNMOVED <= share < 1 - 1e-9:
        return "over 99.9 %"
    return f"{100 * share:.1f} %"


def removed(pool: Pool, went: Mapping[str, Sequence[str]]) -> str:
    """A pool that the new configuration lacks, and who has its servers now."""
    words = going(pool.servers, went, lambda names, many: f"{names} {'go' if many else 'goes'} to")
    return f"{pool.name} is removed" + (f": {', '.join(words)}" if words else "")


def added(after: PoolForecast, pool: Pool, came: Mapping[str, Sequence[str]]) -> str:
    """A pool that the old configuration lacks, and whose servers were others'."""
    words = going(pool.servers, came, lambda names, many: f"{names} {'come' if many else 'comes'} from")
    origin = f" ({', '.join(words)})" if words else ""
    if not any(s.share for s in after.servers):
        return f"{pool.name} is new, and no server can take any of its traffic{origin}"
    more = and_others(len(after.servers) - 4)
    return f"{pool.name} is new: " + ", ".join(f"{s.server} {percent(s.share)}" for s in after.servers[:4]) + more + origin


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of a pool that both sides have: what moves its traffic or keys (`because`), what moves whole requests past its
    split (`past`), what becomes of keys and clients (`bound`), what it survives no more (`lost`), and what else is good to know."""

    because: Sequence[str]
    past: Sequence[str]
    bound: Sequence[str]
    lost: Sequence[str]
    notes: Sequence[str]
    broken: Sequence[NeedCheck]
    repaired: Sequence[NeedCheck]


def changed(
    forecasts: tuple[PoolForecast, PoolForecast],
    shares: tuple[Mapping[str, float], Mapping[str, float]],
    moved: float,
    keys_moved: float | None,
    told: Told,
) -> str:
    """`shares` are by address, before and after, `moved` and `keys_moved` what of the traffic and of the keys changes servers."""
    before, after = forecasts
    pool = after.pool
    first = _needs(told.broken, "no longer met: ") + (f"{before.pool} is now called {pool}; " if before.pool != pool else "")
    why = _why(told.because)
    last = [*told.notes, *([_needs(told.repaired, "met again")] if told.repaired else [])]
    serves = [any(s.share for s in side.servers) for side in (before, after)]
    if serves == [True, False]:
        return first + "; ".join((f"{pool} loses all its traffic: no server can take any{why}", *last))
    if moved < UNMOVED:
        what = f"less than 0.1 % of {pool}'s traffic moves{why}" if moved > 1e-9 else f"none of {pool}'s traffic moves"
        if told.past:
            what += " between its servers"
        bound = [told.bound[0] + ("" if moved > 1e-9 else why), *told.bound[1:]] if told.bound else []
        but = "; ".join((*told.past, *bound, *told.lost))
        return first + "; ".join((f"{what}, but {but}" if but else what, *last))
    what = f"{percent(moved)} of {pool}'s traffic moves: {_furthest(before, after, shares, told.because)}"
    if serves == [False, True]:
        what = f"{pool} can take traffic again, which no server could: {_furthest(before, after, shares, told.because)}"
    elif keys_moved is not None and told.bound and keys_moved > MORE * moved:
        # Shares hide it: nearly every key has another server, and each server about as many as before.
        return first + "; ".join((f"in {pool} {told.bound[0]}{why}", what, *told.past, *told.bound[1:], *told.lost, *last))
    return first + "; ".join((f"{what}{why}", *told.past, *told.bound, *told.lost, *last))


def _needs(checks: Sequence[NeedCheck], how: str) -> str:
    return f"{several([check.need for check in checks])} {'is' if len(checks) == 1 else 'are'} {how}" if checks else ""


def _why(because: Sequence[str]) -> str:
    shown = list(because[:MOST_CAUSES])
    if len(because) > MOST_CAUSES:
        shown.append(f"and {len(because) - MOST_CAUSES} more")
    return f" ({'; '.join(shown)})" if shown else ""


def _furthest(
    before: PoolForecast, after: PoolForecast, shares: tuple[Mapping[str, float], Mapping[str, float]], because: Sequence[str]
) -> str:
    """The server whose share changes most, by its address too where the name alone does not tell; of equals one that a cause names."""
    old, new = shares
    names = dict((*_names(before.servers), *_names(after.servers)))
    changes = {at: round(abs(new.get(at, 0.0) - old.get(at, 0.0)), 9) for at in {**old, **new}}
    most = max(changes.values())
    tied = [at for at in changes if changes[at] >= most]
    said = {word.rstrip(",") for cause in because for word in cause.split()}
    furthest = next((at for at in tied if names[at] in said), tied[0])
    # A name that stands at two addresses says nothing of which of them is meant.
    server = f"{names[furthest]} ({furthest})" if list(names.values()).count(names[furthest]) > 1 else names[furthest]
    return f"{server} {percent(old.get(furthest, 0.0))} → {percent(new.get(furthest, 0.0))}"


def _names(servers: Sequence[ServerShare]) -> list[tuple[str, str]]:
    """What each is followed by, and its name: see identity."""
    seen: Counter[str] = Counter()
    found = []
    for server in servers:
        seen[server.address] += 1
        found.append((server.address if seen[server.address] == 1 else f"{server.address}#{seen[server.address]}", server.server))
    return found
