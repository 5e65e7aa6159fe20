"""A pool as it is drawn: what the configuration says of it, how it is asked, and what weight over total weight would say of its shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

# How a pool's shares come about, and so how exactly they can be known.
Kind = Literal["in turn", "by chance", "by key", "by load"]
KeyedBy = Literal["target", "value", "address"]


@dataclass(frozen=True, slots=True)
class Member:
    """A server: its number says its address, and is what it answers. `limit`: requests that the load balancer gives it at once."""

    number: int
    weight: int = 1
    backup: bool = False
    off: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """`clients` that each wait for an answer before the next request. `slots`: requests that a server works on at once, more wait there."""

    clients: int
    service_ms: Mapping[int, float]
    distribution: Literal["constant", "exponential"] = "exponential"
    slots: int | None = None

    @property
    def per_second(self) -> float:
        """About how many requests that makes: with as many in flight at every server."""
        each = self.clients / len(self.service_ms)
        return sum(min(each, self.slots or each) / ms * 1000 for ms in self.service_ms.values())


@dataclass(frozen=True, slots=True)
class Drawn:
    """`names` are poise's names of the servers by number; `text` is the pool's part of the configuration."""

    name: str
    algorithm: str
    kind: Kind
    members: tuple[Member, ...]
    names: Mapping[int, str]
    text: str
    keyed_by: KeyedBy = "value"
    demand: Demand | None = None

    def naive(self) -> Mapping[str, float]:
        """Weight over total weight of the servers that are not marked out or as backup (of all that are not out, where none is left)."""
        usable = [m for m in self.members if not m.off and m.weight]
        chosen = [m for m in usable if not m.backup] or usable
        total = sum(m.weight for m in chosen)
        return {self.names[m.number]: m.weight / total if m in chosen else 0.0 for m in self.members}

    def needs(self) -> str:
        """Its part of poise.toml: the load, where its shares depend on that."""
        demand = self.demand
        if demand is None:
            return ""
        usual = min(demand.service_ms.values())
        slower = ", ".join(f'"{self.names[n]}" = {ms}' for n, ms in demand.service_ms.items() if ms != usual)
        lines = [f'[pool."{self.name}"]', f"clients = {demand.clients}", f"service_time_ms = {usual}"]
        if slower:
            lines.append(f"service_time_ms_by_server = {{{slower}}}")
        lines += [f'service_time_distribution = "{demand.distribution}"']
        lines += [f"concurrency_per_server = {demand.slots}"] if demand.slots else []
        return "\n".join(lines) + "\n\n"


def keys(keyed_by: KeyedBy, count: int, chance: Random) -> list[str]:
    """Different keys of that kind: request targets, header values, addresses of clients in as many networks."""
    if keyed_by == "address":
        # ip_hash looks at three of the four bytes.
        return [
            f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.{chance.randint(1, 254)}" for n in chance.sample(range(1 << 16, 223 << 16), count)
        ]
    words = [f"{n:x}" for n in chance.sample(range(1 << 32), count)]
    return words if keyed_by == "value" else [f"/{word[:2]}/{word[2:]}?q={word[:3]}" for word in words]


def request(keyed_by: KeyedBy, key: str) -> bytes:
    """A request that has the key wherever a pool of that kind looks for it."""
    target = key if keyed_by == "target" else f"/?k={key}"
    return f"GET {target} HTTP/1.1\r\nHost: x\r\nx-key: {key}\r\n\r\n".encode()


def needs_of(pools: Sequence[Drawn]) -> str:
    """A whole poise.toml."""
    return "".join(pool.needs() for pool in pools)
