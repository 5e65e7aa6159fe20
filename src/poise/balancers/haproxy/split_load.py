"""Splits that depend on how many requests the pool holds at once: leastconn and first."""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from poise.balancers.spill import spill

LARGEST_FILL = 4096  # beyond this many requests at once the integer steps of leastconn no longer show


def fill_first(order: Sequence[str], limits: Mapping[str, int], concurrency: float) -> dict[str, float]:
    """`balance first`: each server up to its maxconn, in order; what no server can hold waits and is served in the same proportion."""
    rest = concurrency
    held = {}
    for server in order:
        held[server] = min(rest, float(limits.get(server, rest)))
        rest -= held[server]
    served = sum(held.values())
    return {s: h / served for s, h in held.items()}


def least_connections(weights: Mapping[str, int], limits: Mapping[str, int], concurrency: float) -> dict[str, float]:
    """`balance leastconn` at a steady number of requests at once, with equal service times: the in-flight requests of each server.

    Requests are put one by one on the server of the least key, (in-flight + 1) / weight and 0 where idle (fwlc_get_key()); servers that
    tie take turns. Weights 3/1/1 measured at 1, 8 and 24 at once: 33.3, 62.5 and 58.6 % for the first, computed 33.3, 62.5 and 58.3.
    """
    if concurrency >= LARGEST_FILL:
        total = sum(weights.values())
        return spill({s: w / total for s, w in weights.items()}, limits, concurrency)
    low, high = max(1, floor(concurrency)), max(1, ceil(concurrency))
    below, above = _held(weights, limits, low), _held(weights, limits, high)
    part = min(max(concurrency - low, 0.0), 1.0)
    mixed = {s: (1 - part) * below[s] + part * above[s] for s in weights}
    served = sum(mixed.values())
    return {s: m / served for s, m in mixed.items()}


def _held(weights: Mapping[str, int], limits: Mapping[str, int], requests: int) -> dict[str, float]:
    held = dict.fromkeys(weights, 0)
    rest = requests
    while rest > 0:
        free = [s for s in weights if held[s] < limits.get(s, requests)]
        if not free:
            break
        keys = {s: (held[s] + 1) / weights[s] if held[s] else 0.0 for s in free}
        # Ties go to the lighter server: a heavy one ends requests more often, and each time goes back to the end of its key's row.
        least = min((key, weights[s] if key else 0) for s, key in keys.items())
        tied = [s for s, key in keys.items() if (key, weights[s] if key else 0) == least]
        if len(tied) > rest:
            return {s: held[s] + (rest / len(tied) if s in tied else 0.0) for s in weights}
        for server in tied:
            held[server] += 1
        rest -= len(tied)
    return {s: float(h) for s, h in held.items()}
