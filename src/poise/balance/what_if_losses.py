"""Which losses of servers a pool may meet: every server, the worst pairs, hosts, zones, and those that somebody names."""

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

from poise.balance.what_if_pool import Loaded
from poise.model.light import dataclass
from poise.model.topology import Pool, Server
from poise.model.what_if import Kind

MOST_SINGLE, MOST_PAIRS = 24, 3  # losses that are simulated, the worst by arithmetic
MOST_KINDS = 12  # kinds of servers of which pairs are tried


@dataclass(frozen=True, slots=True)
class LostSet:
    """Servers that are lost together; `alike` are others whose loss is the same."""

    kind: Kind
    case: str
    lost: tuple[str, ...]
    alike: tuple[str, ...] = ()


def losses(of: Loaded) -> Iterator[LostSet]:
    """Every loss worth a simulation, the worst of each kind first."""
    kinds = _kinds(of)
    single = sorted(kinds, key=lambda names: -_worst(of, names[:1]))[:MOST_SINGLE]
    for names in single:
        yield LostSet("loss", f"without {names[0]}", (names[0],), tuple(names[1:]))
    pairs = [pair for a, b in combinations_with_replacement(single[:MOST_KINDS], 2) if len(pair := _pair(a, b)) == 2]
    for pair in sorted(pairs, key=lambda names: -_worst(of, names))[:MOST_PAIRS]:
        yield LostSet("pair", f"without {pair[0]} and {pair[1]}", tuple(pair))
    yield from _groups(of, "host")
    yield from _groups(of, "zone")


def named(of: Loaded, names: Sequence[str]) -> tuple[LostSet | None, tuple[str, ...]]:
    """The servers that these names mean together, and the names that mean none here."""
    meant = {name: means(of.pool, name) for name in names}
    known = [name for name, servers in meant.items() if servers]
    chosen = tuple(s.name for s in of.pool.servers if any(s.name in meant[name] for name in known))
    case = LostSet("loss" if len(chosen) == 1 else "pair" if len(chosen) == 2 else "host", f"without {', '.join(known)}", chosen)
    return (case if chosen else None), tuple(name for name in names if not meant[name])


def means(pool: Pool, name: str) -> list[str]:
    """The servers of this pool that the name means: its own, POOL/SERVER, an address, a host or a zone."""
    return [s.name for s in pool.servers if name in (s.name, f"{pool.name}/{s.name}", s.address, host(s), s.locality)]


def host(server: Server) -> str | None:
    """The host part of its address, None for a socket."""
    address = server.address
    return None if address.startswith(("/", "unix", "abns")) else address.rpartition(":")[0].strip("[]") or address


def _pair(a: Sequence[str], b: Sequence[str]) -> tuple[str, ...]:
    return tuple(a[:2]) if a is b else (a[0], b[0])


def _kinds(of: Loaded) -> list[list[str]]:
    """Servers in use, those together that nothing tells apart."""
    shares, station = of.shares(), of.station
    found: dict[object, list[str]] = {}
    for i, s in enumerate(of.pool.servers):
        if s.role != "disabled":
            checked = s.check is not None or s.track is not None or s.agent_check
            queue = (station.means[i], station.slots[i], station.limits[i])
            key = (s.weight, s.role, s.locality, s.priority, round(shares[s.name], 9), queue, checked)
            found.setdefault(key, []).append(s.name)
    return list(found.values())


def _worst(of: Loaded, lost: Sequence[str]) -> float:
    """How busy the busiest of the others gets."""
    shares = of.shares(frozenset(lost))
    if not any(shares.values()):
        return float("inf")
    return max(of.busy(tuple(shares[name] for name in of.names), of.peak))


def _groups(of: Loaded, kind: Kind) -> Iterator[LostSet]:
    """Hosts that carry several servers, and all zones where there are several."""
    groups: dict[str, list[str]] = {}
    for s in of.pool.servers:
        key = host(s) if kind == "host" else s.locality
        if key and s.role != "disabled":
            groups.setdefault(key, []).append(s.name)
    if len(groups) < 2 and kind == "zone":
        return
    several = {key: names for key, names in groups.items() if len(names) > 1 or kind == "zone"}
    for key, names in sorted(several.items(), key=lambda pair: -_worst(of, pair[1]))[:MOST_SINGLE]:
        yield LostSet(kind, f"without {kind} {key}", tuple(names))
