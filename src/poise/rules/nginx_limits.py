"""How much nginx's limit_req and limit_conn let through of all requests together. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from poise.model.light import dataclass
from poise.model.topology import Route, Topology
from poise.rules.nginx_variables import distinct


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a route: its directive, and what it allows: requests a second (limit_req) or requests at once (limit_conn)."""

    directive: str
    zone: str
    allowed: float


@lru_cache(maxsize=16)
def _zones(text: str) -> tuple[tuple[str, str, float], ...]:
    """Name, key and rate, 0 for limit_conn, of the lines of `limit_req_zone` or `limit_conn_zone`."""
    found = []
    for line in text.split("\n"):
        zone = re.search(r" zone=([^:\s]+)", line)
        rate = re.search(r" rate=(\d{1,9})r/([sm])", line)
        if zone:
            found.append((zone[1], line[: zone.start()].strip(), int(rate[1]) / (60 if rate[2] == "m" else 1) if rate else 0.0))
    return tuple(found)


def _in_force(route: Route, topology: Topology) -> Iterator[tuple[str, str, str, float, list[str]]]:
    """Directive, zone, key, rate and words of each limit of the route whose zone is known."""
    for directive in ("limit_req", "limit_conn"):
        if directive not in route.options or route.options.get(f"{directive}_dry_run") == "on":
            continue
        zones = {name: (key, rate) for name, key, rate in _zones(topology.options.get(f"{directive}_zone", ""))}
        for line in route.options[directive].split("\n"):
            words = line.split()
            name = next((word.removeprefix("zone=") for word in words if word.startswith("zone=")), words[0] if words else "")
            if name in zones:
                yield directive, name, *zones[name], words


def keys(route: Route, topology: Topology) -> Iterator[tuple[str, str]]:
    """Directive and key of each limit in force: by what it counts."""
    return ((directive, key) for directive, _, key, _, _ in _in_force(route, topology))


def limits(route: Route, topology: Topology) -> Iterator[Limit]:
    """The limits in force that all requests of the route share, for their key is the same for all."""
    for directive, name, key, rate, words in _in_force(route, topology):
        if key and len(distinct(key, topology) or ()) == 1:
            number = words[1] if directive == "limit_conn" and len(words) > 1 and re.fullmatch(r"\d{1,9}", words[1]) else ""
            if allowed := rate if directive == "limit_req" else float(number or 0):
                yield Limit(directive, name, allowed)
