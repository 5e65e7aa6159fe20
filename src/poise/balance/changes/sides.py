"""One pool before and after a change, with its servers paired."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from poise.balance.changes.identity import by_identity
from poise.balance.played import Played
from poise.model.light import dataclass
from poise.model.topology import Pool, Server

Pair = tuple[Server | None, Server | None]
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sides:
    """`pairs` are servers by address, those that are left by name. `went` and `came` tell, by address, which other pools of the
    new configuration took a server over and which of the old one gave it up. `targets` are the versions, None where nobody said.
    `routes_agree` is False where the routes to the two pools hash something else of a request (Envoy). `played` are the loads that causes
    are tried under, None where none is declared or there are too many pools for that; `simulated`: shares of either side are a sample."""

    before: Pool
    after: Pool
    targets: tuple[str | None, str | None] = (None, None)
    concurrency: float | None = None
    went: Mapping[str, Sequence[str]] = field(default_factory=dict)
    came: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    routes_agree: bool = True
    played: tuple[Played | None, Played | None] = (None, None)
    simulated: bool = False

    @property
    def kept(self) -> tuple[tuple[Server, Server], ...]:
        """The servers that stand at one address on both sides."""
        return tuple((a, b) for a, b in self.pairs if a is not None and b is not None and a.address == b.address)


def pair(before: Pool, after: Pool) -> tuple[Pair, ...]:
    """Each server of the new pool in order with its old self, or None; then the old ones that are gone."""
    old, new = by_identity(before.servers), by_identity(after.servers)
    left = {server.name: server for at, server in old.items() if at not in new}
    pairs: list[Pair] = []
    for at, server in new.items():
        pairs.append((old[at] if at in old else left.pop(server.name, None), server))
    return (*pairs, *((server, None) for server in left.values()))


def and_others(number: int) -> str:
    """` and 2 others`; nothing for none."""
    return f" and {number} other{'' if number == 1 else 's'}" if number > 0 else ""


def several(names: Sequence[str]) -> str:
    """A few names as they are said: `a`, `a and b`, `a, b and 3 others`."""
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} others"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def said(names: Sequence[str], one: str, more: str) -> str:
    """`app1 is removed`, `app1 and app2 are removed`; nothing of nobody."""
    return f"{several(names)} {one if len(names) == 1 else more}" if names else ""


def going(servers: Sequence[Server], where: Mapping[str, Sequence[str]], words: Callable[[str, bool], str]) -> list[str]:
    """For each pool that takes servers over, or gave them up: `words` of the servers' names and whether they are several, then its name."""
    found: dict[str, list[str]] = {}
    for server in servers:
        for pool in where.get(server.address, ())[:1]:
            found.setdefault(pool, []).append(server.name)
    return [f"{words(several(names), len(names) > 1)} {pool}" for pool, names in list(found.items())[:MOST_NAMED]]
