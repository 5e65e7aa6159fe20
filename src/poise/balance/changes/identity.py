"""Servers as they are followed through a change: by address, so that a renamed one keeps its traffic."""

from collections import Counter
from collections.abc import Mapping, Sequence

from poise.model.topology import Server


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


def share_moved(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """½ Σ |after − before| over the servers of both; what nobody serves counts as a server of its own."""
    rest = abs((1 - sum(after.values())) - (1 - sum(before.values())))
    return (rest + sum(abs(after.get(a, 0.0) - before.get(a, 0.0)) for a in {**before, **after})) / 2
