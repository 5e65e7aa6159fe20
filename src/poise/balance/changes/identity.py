"""Servers as they are followed through a change: by address, so that a renamed one keeps its traffic."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import hypot, log, sqrt

from poise.model.topology import Server

NO_CHANCE: Mapping[str, float] = {}
# Of many differences some are large by chance alone: of n the largest is √(2 ln n) errors, and in so many changes one may be told wrongly.
ERRORS, ONCE_IN = 3.0, 20


def identities(servers: Sequence[Server]) -> dict[str, str]:
    """Address by name; the second server of an address is told apart by `#2`."""
    seen: Counter[str] = Counter()
    found = {}
    for server in servers:
        seen[server.address] += 1
        found[server.name] = server.address if seen[server.address] == 1 else f"{server.address}#{seen[server.address]}"
    return found


def by_identity(servers: Sequence[Server]) -> dict[str, Server]:
    """The servers by what they are followed by, in order."""
    names = identities(servers)
    return {names[server.name]: server for server in servers}


def share_moved(before: Mapping[str, float], after: Mapping[str, float], chance: Mapping[str, float] = NO_CHANCE) -> float:
    """½ Σ |after − before| over the servers of both; what nobody serves counts as a server of its own.

    `chance` is the standard error of each difference where shares were simulated: a difference that may be chance is none. What is left
    are gains and losses that need not balance; the larger of them has moved.
    """
    changes = {at: after.get(at, 0.0) - before.get(at, 0.0) for at in {**before, **after}}
    rest = sum(before.values()) - sum(after.values())
    if not any(chance.values()):
        return (abs(rest) + sum(map(abs, changes.values()))) / 2
    errors = max(ERRORS, sqrt(2 * log(ONCE_IN * len(changes))))
    told = [rest, *(change for at, change in changes.items() if abs(change) > errors * chance.get(at, 0.0))]
    return max(sum(change for change in told if change > 0), -sum(change for change in told if change < 0))


def of_both(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The standard errors of differences, from those of both sides."""
    return {at: hypot(one.get(at, 0.0), other.get(at, 0.0)) for at in {**one, **other}}
