"""How long each server takes, beside the other servers of its pool."""

from math import log

import numpy as np

from poise.detectors import columns
from poise.detectors.parts import parts
from poise.detectors.peers import SECONDS, Peers
from poise.detectors.servers import Floats, Mask, Servers
from poise.model.sample import Window

# Time: three times the others' and 100 ms more than theirs.
SLOW_TIMES, SLOW_MORE_MS = 3.0, 100.0
# Of one answer the time says little of its server: where answers take exponential times, one of twenty takes three times the mean. Twice
# in a row, as the alert waits for the next look, that may happen once a week among 1,000 servers looked at each second: e^-20.2 is one in
# 604,800 · 1,000, so each look must be as sure as e^-10.1. Three times as long needs twelve answers beside many peers, and as with errors
# fewer than five are never enough, for real times have longer tails.
SURE, LEAST_ANSWERS, LEAST_MS = 10.1, 5.0, 1.0


def fast(window: Window, all_servers: Servers) -> bool:
    """Whether no figure at all is so high that a server might be slow."""
    applications = parts(window, "application").names
    looks = ((all_servers.names, 3.0), (applications, SECONDS))
    return not any((columns.values(window, names, "response_ms", span).values > SLOW_MORE_MS).any() for names, span in looks if names)


def times(window: Window, looks: Peers) -> Floats:
    """How long each server takes in milliseconds, NaN for not known."""
    # HAProxy's rtime is over its last 1024 requests, a minute behind at this load; an application's own mean is over its last second.
    took = columns.medians(columns.values(window, looks.servers.names, "response_ms", 3.0).values)
    took = np.where(looks.seen & (looks.requests > 0), took, np.nan)
    for i, own in _own_times(window, looks.servers):
        took[i] = own if looks.seen[i] else np.nan
    return took


def slow(window: Window, looks: Peers, took: Floats, beside: Mask) -> dict[int, float]:
    """The servers among `beside` that are slow, by their place, and the time of their peers."""
    maybe = beside & _maybe_slow(looks.servers, took)
    if not maybe.any():
        return {}
    own = _answers(window, looks.servers)
    others = looks.others(own)
    usual = {int(i): _usual(looks.servers, took, int(i)) for i in (maybe & (own >= LEAST_ANSWERS)).nonzero()[0]}
    return {
        i: time
        for i, time in usual.items()
        if took[i] > max(SLOW_TIMES * time, time + SLOW_MORE_MS) and surely(own[i], others[i], took[i] / max(time, LEAST_MS))
    }


def surely(own: float, others: float, times: float) -> bool:
    """Whether so many answers, which took so many times as long as those of the others, are more than chance.

    The likelihood ratio of two exponential means against one: where they are the same it is above e^SURE at most once in e^SURE (Chernoff).
    """
    together = (own * times + others) / (own + others)
    return (own + others) * log(together) - own * log(times) >= SURE


def _answers(window: Window, all_servers: Servers) -> Floats:
    """Of how many answers each server's time is: those since the look before, or of three seconds; HAProxy's is over the last 1024."""
    lately, minute = columns.risen(window, all_servers.names, "requests_total", 3.0, 60.0)
    haproxy = np.array([pool.product == "haproxy" for pool in all_servers.pools], dtype=np.bool_)[all_servers.pool_of]
    found: Floats = np.fmax(np.fmax(lately, np.where(haproxy, minute, 0.0)), 0.0)
    return found


def _own_times(window: Window, all_servers: Servers) -> list[tuple[int, float]]:
    """By place of the server, what the application behind it says of its own time."""
    applications = parts(window, "application")
    if not applications.names:
        return []
    behind = window.memo.of("applications behind", (window.stack, all_servers), lambda: _behind(window, all_servers))
    table = columns.values(window, applications.names, "response_ms", SECONDS).values
    found = []
    for i, places in behind:
        values = table[:, places]
        values = values[~np.isnan(values)]
        if len(values):
            found.append((i, float(np.median(values))))
    return found


def _behind(window: Window, all_servers: Servers) -> list[tuple[int, list[int]]]:
    applications = {name: i for i, name in enumerate(parts(window, "application").names)}
    place = {name: i for i, name in enumerate(all_servers.names)}
    found: dict[int, list[int]] = {}
    for server, application in window.stack.edges:
        if server in place and application in applications:
            found.setdefault(place[server], []).append(applications[application])
    return list(found.items())


def _maybe_slow(all_servers: Servers, took: Floats) -> Mask:
    """Slower than the limit that the fastest of its pool sets, which is below that of its peers' median."""
    fastest = all_servers.smallest(np.where(np.isnan(took), np.inf, took), np.inf)[all_servers.pool_of]
    maybe: Mask = took > np.maximum(SLOW_TIMES * fastest, fastest + SLOW_MORE_MS)
    return maybe


def _usual(all_servers: Servers, took: Floats, i: int) -> float:
    """The median time of its peers."""
    where = all_servers.of(int(all_servers.pool_of[i]))
    times = took[where].copy()
    times[i - where.start] = np.nan
    times = np.sort(times[~np.isnan(times)])
    # numpy's median takes ten times as long for so few, and this is asked of each server that is slower than the fastest.
    return float(times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2 if len(times) else np.inf
