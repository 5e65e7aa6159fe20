"""What each server failed and how long it took, beside the other servers of its pool."""

from dataclasses import dataclass

import numpy as np

from poise.detectors import columns
from poise.detectors.parts import parts
from poise.detectors.servers import Floats, Mask, Servers
from poise.model.sample import Window

SECONDS = 10.0
# Time: three times the others' and 100 ms more than theirs.
SLOW_TIMES, SLOW_MORE_MS = 3.0, 100.0
# HAProxy with `option redispatch` tries a request that one server refused at another at once: it counts neither a retry nor an error.
FAILURES = ("responses_5xx_total", "response_errors_total", "retries_total", "redispatches_total")


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """By server: whether it was measured, its requests and those of them that failed."""

    servers: Servers
    seen: Mask
    requests: Floats
    failed: Floats

    def others(self, values: Floats) -> Floats:
        """The sum over the other servers of its pool."""
        return self.servers.sums(values)[self.servers.pool_of] - values


def peers(window: Window, all_servers: Servers) -> Peers:
    """What this window says of requests and failures."""
    names = all_servers.names
    risen = columns.risen(window, names, "requests_total", SECONDS)[0]
    seen = ~np.isnan(risen)
    failures = tuple(columns.risen(window, names, metric, SECONDS) for metric in FAILURES)
    # Counters of failures that stand still are the same at the next look.
    most = window.memo.of("most failures", (names, *failures), lambda: np.fmax(np.fmax.reduce(failures)[0], 0.0))
    failed = np.where(seen, most, 0.0)
    # An attempt that got no connection is an error in Envoy's count and no request: of those that failed all were tried.
    return Peers(all_servers, seen, np.maximum(np.fmax(risen, 0.0), failed), failed)


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


def slow(looks: Peers, took: Floats, beside: Mask) -> dict[int, float]:
    """The servers among `beside` that are slow, by their place, and the time of their peers."""
    usual = {int(i): _usual(looks.servers, took, int(i)) for i in (beside & _maybe_slow(looks.servers, took)).nonzero()[0]}
    return {place: time for place, time in usual.items() if took[place] > max(SLOW_TIMES * time, time + SLOW_MORE_MS)}


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
