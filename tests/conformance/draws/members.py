"""Servers and loads by chance: what the pools of all products have in common."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.conformance.pool import Demand, Member
from tests.conformance.running import MOST_SERVERS

Members = tuple[Member, ...]
SLOWER = 4
# The harness takes a millisecond of its own for each request: a hundredth of these.
USUAL_MS = (100.0, 120.0, 150.0)


def idle(chance: Random, backups: bool = True, heaviest: int = 10) -> Members:
    """Two to eight servers, some marked out, some as backup; one at least serves."""
    count = chance.randint(2, MOST_SERVERS)
    shape = chance.choice(("equal", "few", "any", "typo"))
    choices = {"equal": (1,), "few": (1, 1, 2, 3), "any": range(1, heaviest + 1), "typo": (1, 1, 1, heaviest * 10)}[shape]
    members = [Member(n, chance.choice(list(choices))) for n in range(count)]
    for n in range(1, count):
        if chance.random() < 0.15:
            members[n] = replace(members[n], off=True)
        elif backups and chance.random() < 0.15:
            members[n] = replace(members[n], backup=True)
    return tuple(members)


def only_backups(chance: Random) -> Members:
    """Every active server is marked out, two or more backups are left."""
    count = chance.randint(4, MOST_SERVERS)
    actives = chance.randint(1, count - 2)
    return tuple(Member(n, chance.randint(1, 8), n >= actives, n < actives) for n in range(count))


def _demand(chance: Random, count: int, clients: int, slow: int = 0, slots: int | None = None) -> Demand:
    usual = chance.choice(USUAL_MS)
    slowest = chance.sample(range(count), slow)
    service = {n: usual * SLOWER if n in slowest else usual for n in range(count)}
    return Demand(clients, service, chance.choice(("constant", "exponential")), slots)


def slow(chance: Random) -> tuple[Members, Demand]:
    """Equal weights, one server four times as slow."""
    count = chance.randint(2, 4)
    return tuple(Member(n) for n in range(count)), _demand(chance, count, chance.randint(4 * count, 8 * count), 1)


def weighted_slow(chance: Random) -> tuple[Members, Demand]:
    """Unequal weights, and a slow server among them."""
    count = chance.randint(3, 5)
    return tuple(Member(n, chance.randint(1, 3)) for n in range(count)), _demand(chance, count, chance.randint(4 * count, 6 * count), 1)


def busy(chance: Random) -> tuple[Members, Demand]:
    """Unequal weights, equal servers, many requests at once; now and then a backup that has nothing to do."""
    count = chance.randint(2, 6)
    members = [Member(n, chance.randint(1, 4)) for n in range(count)]
    return tuple(members), _demand(chance, count, chance.randint(12, 32))


def few(chance: Random) -> tuple[Members, Demand]:
    """One heavy server, and hardly ever a second request in the pool."""
    count = chance.randint(3, 5)
    heavy = chance.randrange(count)
    members = tuple(Member(n, chance.randint(4, 9) if n == heavy else 1) for n in range(count))
    clients = chance.choice((1, 2))
    # Alone, a request meets nobody however long it takes. Two that take equally long would fall in step, for the harness's clock ticks in
    # milliseconds: what ends in one tick ends together, and then begins together.
    distribution = chance.choice(("constant", "exponential")) if clients == 1 else "exponential"
    demand = Demand(clients, dict.fromkeys(range(count), 25.0 * clients), distribution)
    return members, demand


def crowded(chance: Random) -> tuple[Members, Demand]:
    """Servers that work on a few requests at once and let the others wait, one of them slow."""
    count = chance.randint(2, 3)
    slots = chance.randint(3, 5)
    return tuple(Member(n) for n in range(count)), _demand(chance, count, count * slots + chance.randint(2, 8), 1, slots)


def full(chance: Random) -> tuple[Members, Demand]:
    """Limits that the load balancer keeps, and a slow server that is always at its own."""
    count = chance.randint(2, 4)
    limit = chance.randint(1, 3)
    members, demand = tuple(Member(n) for n in range(count)), _demand(chance, count, 6 * count, 1)
    slowest = max(demand.service_ms, key=demand.service_ms.__getitem__)
    return tuple(replace(m, limit=limit if m.number == slowest else 6 * count) for m in members), demand


def tight(chance: Random) -> tuple[Members, Demand]:
    """Limits on equal servers: the first takes a few requests at once, the last all that are left."""
    count = chance.randint(2, 4)
    clients = chance.randint(10, 20)
    members = [Member(n, chance.randint(1, 3), limit=chance.randint(2, 5)) for n in range(count)]
    members[-1] = replace(members[-1], limit=clients + 4)
    return tuple(members), _demand(chance, count, clients)


Shape = Callable[[Random], tuple[Members, Demand]]
