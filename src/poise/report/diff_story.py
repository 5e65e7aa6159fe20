"""What the reader of a change is told first: the pools in the order in which they matter, and one line about all of them. Pure."""

from collections.abc import Sequence

from poise.balance.changes.sides import and_others
from poise.balance.changes.story import UNMOVED
from poise.model.finding import SEVERITY_ORDER
from poise.model.forecast import ConfigurationDiff, PoolDiff

NOTHING = "Nothing was compared: on one side or both there is no pool whose shares are known."
MOST_QUIET = 6


def is_quiet(pool: PoolDiff) -> bool:
    """Whether the change does nothing to the pool: neither traffic nor keys move, and no need or loss is met otherwise."""
    return not any(_tiers(pool)[:-1])


def ordered(pools: Sequence[PoolDiff]) -> list[PoolDiff]:
    """What matters most first; equals as they stand."""
    return sorted(pools, key=_rank)


def headline(change: ConfigurationDiff) -> str:
    """The change in one line: the story of the pool that matters most, and of how many pools it is one."""
    if not change.pools:
        return NOTHING
    ranked = ordered(change.pools)
    first = ranked[0]
    count = sum(1 for pool in ranked if not is_quiet(pool))
    if count == 0:
        whose = "none of the traffic of these" if len(ranked) > 1 else ""
        what = f"{whose} {len(ranked)} pools moves" if whose else first.story
        return what + _gained(change)
    if len(ranked) == 1:
        return first.story
    broken = sum(1 for pool in ranked if pool.needs_broken)
    breaking = f", {broken} of them so that a need is no longer met" if broken else ""
    return f"{count} of {len(ranked)} pools {'change' if count > 1 else 'changes'}{breaking}: {first.story}"


def quiet(pools: Sequence[PoolDiff]) -> str:
    """One line for all pools to which nothing happens; those with something to say for themselves (a server renamed) say it."""
    plain = [pool for pool in pools if ";" not in pool.story]
    told = [pool.story for pool in pools if ";" in pool.story]
    names = ", ".join(dict.fromkeys(pool.pool for pool in plain[:MOST_QUIET]))
    more = and_others(len(plain) - MOST_QUIET)
    return ". ".join((*told[:MOST_QUIET], *([f"no traffic of {names}{more} moves"] if plain else [])))


def _gained(change: ConfigurationDiff) -> str:
    if not change.findings_gained:
        return ""
    worst = max(change.findings_gained, key=lambda found: SEVERITY_ORDER.index(found.severity))
    several = f"{len(change.findings_gained)} findings are gained, the worst" if len(change.findings_gained) > 1 else "a finding is gained,"
    return f"; {several} {worst.severity} {worst.rule}"


def _tiers(pool: PoolDiff) -> tuple[bool, ...]:
    """The kinds of news, the worst first."""
    return (
        bool(pool.needs_broken),
        bool(pool.before) and not any(server.share for server in pool.after),
        bool(pool.before) and (pool.share_moved >= UNMOVED or (pool.keys_moved or 0.0) >= UNMOVED),
        bool(pool.costs),
        not pool.before,
        bool(pool.needs_repaired) or pool.share_moved > 1e-9,
        True,
    )


def _rank(pool: PoolDiff) -> tuple[int, float]:
    return _tiers(pool).index(True), -max(pool.share_moved, pool.keys_moved or 0.0)
