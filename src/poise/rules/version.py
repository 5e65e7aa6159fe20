"""Which version a rule judges by: the one that was named, that of the binary installed here, or the one that poise assumes. Pure."""

import re
from functools import lru_cache

from poise.model.topology import Topology

# HAProxy 2.8 is the long-term branch of most distributions in use, nginx 1.28 the stable branch before 1.29.7 changed the defaults of
# upstream connections, Envoy 1.40 the release that these rules are tested against (Envoy mends a release for one year only).
ASSUMED = {"haproxy": "2.8", "nginx": "1.28", "envoy": "1.40"}
# From and to which versions poise knows what changed: HAProxy's keywords, nginx's CHANGES, Envoy's API v3 up to its messages of 1.40.
KNOWN = {"haproxy": ("2.6", "3.3"), "nginx": ("1.13", "1.31"), "envoy": ("1.18", "1.40")}


@lru_cache(maxsize=256)
def numbers(version: str) -> tuple[int, ...]:
    """`2.6.12-1+deb12u1` → (2, 6, 12); empty where no number stands in front."""
    found = re.match(r"\d{1,6}(?:\.\d{1,6}){0,3}", version.strip().removeprefix("v"))
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def version(topology: Topology) -> tuple[int, ...]:
    """The version to judge this topology by, as many numbers as are known of it: (2, 8) or (1, 29, 7)."""
    for known in (topology.target, topology.assumed, ASSUMED.get(topology.product)):
        if known and numbers(known):
            return numbers(known)
    return ()


def at_least(topology: Topology, wanted: str) -> bool:
    """Whether it is judged by `wanted` or a later version. A branch (`1.29`) stands for its newest release, so 1.29 is at least 1.29.7."""
    have = version(topology)
    return have >= numbers(wanted)[: len(have)]


def beyond(product: str, named: str) -> str | None:
    """What to say of a version that was named and that poise does not know; None where it knows it."""
    first, last = KNOWN[product]
    branch = numbers(named)[:2]
    if numbers(first) <= branch <= numbers(last):
        return None
    how, nearest = ("older", first) if branch < numbers(first) else ("newer", last)
    return f"{named}, which is {how} than any that poise knows ({first} to {last}): what is otherwise than in {nearest} is not known here"
