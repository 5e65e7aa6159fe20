"""Which part of its requests a HAProxy listener gives to which pool by chance: `use_backend canary if { rand(100) lt 5 }`. Pure."""

from collections.abc import Iterator

from poise.balancers.haproxy.criteria import Condition, acls, condition, share
from poise.balancers.nginx.client_split import Part
from poise.model.location import Location
from poise.model.topology import Listener, Topology


def parts(listener: Listener, topology: Topology) -> tuple[Part, ...]:
    """The pools that chance chooses between, and the one that gets the rest; empty where it decides nothing.

    Shares are of the requests that are drawn from; a location is that of the number, for the rest that of its rule.
    """
    found: list[Part] = []
    left = 1.0
    for route in listener.routes if "rand" in listener.options.get("acl", "") or _inline(listener) else ():
        pool = topology.pool(route.pool)
        if route.condition is None:
            if found and pool is not None:
                found.append(Part(pool, left, route.location))
            break
        asked = condition(route.condition, listener.options)
        drawn = _drawn(asked) if asked else None
        if pool is None or drawn is None:
            continue
        of_left, name = drawn
        found.append(Part(pool, left * of_left, _place(listener, name) or route.location))
        left *= 1 - of_left
    return tuple(found) if len(found) > 1 else ()


def _inline(listener: Listener) -> bool:
    return any("rand" in (route.condition or "") for route in listener.routes)


def _drawn(asked: Condition) -> tuple[float, str | None] | None:
    """The part that the condition draws, and the acl that says so; what else it asks only says which requests are drawn from."""
    if len(asked.branches) != 1:
        return None
    for term in asked.branches[0]:
        drawn = share(term.any_of[0]) if len(term.any_of) == 1 else None
        if drawn is not None:
            return (1 - drawn if term.negated != asked.negated else drawn), term.name
    return None


def _place(listener: Listener, name: str | None) -> Location | None:
    lines = acls(listener.options.get("acl", "")).get(name or "", ())
    return listener.places.get(f"acl.{lines[0][0]}") if lines else None


def all_parts(topology: Topology) -> Iterator[tuple[Listener, tuple[Part, ...]]]:
    """Every listener where chance decides, with its parts."""
    for listener in topology.listeners:
        found = parts(listener, topology)
        if found:
            yield listener, found
