"""One server fails or is slow where its peers are not.

Judged per server: with one slow application the pool's mean response time falls, because the slow one completes less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.parts import parts
from poise.detectors.servers import Floats, Mask, Servers, servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

SECONDS = 10.0
# Errors: 5 % and four times the others', at least five of them. Time: three times the others' and 100 ms more than theirs.
LEAST_RATIO, TIMES, LEAST_COUNT = 0.05, 4.0, 5.0
SLOW_TIMES, SLOW_MORE_MS = 3.0, 100.0
# HAProxy with `option redispatch` tries a request that one server refused at another at once: it counts neither a retry nor an error.
FAILURES = ("responses_5xx_total", "response_errors_total", "retries_total", "redispatches_total")


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """By server: whether it was measured, its requests and failures, those of its peers, and how long it takes (NaN: not known)."""

    seen: Mask
    requests: Floats
    failed: Floats
    peers_sent: Floats
    peers_failed: Floats
    took: Floats


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each server of a pool where at least two are measured."""
    all_servers = servers(window)
    looks = _look(window, all_servers)
    beside = looks.seen & (all_servers.sums(looks.seen) > 1)[all_servers.pool_of]
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = np.where(looks.peers_sent > 0, looks.peers_failed / looks.peers_sent, 0.0)
        own = np.where(looks.requests > 0, looks.failed / looks.requests, looks.failed > 0)
    failing = beside & (looks.failed >= LEAST_COUNT) & (own >= np.maximum(LEAST_RATIO, TIMES * theirs))
    usual = {int(i): _usual(all_servers, looks, int(i)) for i in np.flatnonzero(beside & _maybe_slow(all_servers, looks.took))}
    slow = np.zeros_like(beside)
    for place, time in usual.items():
        slow[place] = looks.took[place] > max(SLOW_TIMES * time, time + SLOW_MORE_MS)
    yield InOrder("server_out_of_step", all_servers.by_server, beside & ~failing & ~slow, summary="in step with its peers")
    for i in np.flatnonzero(failing | slow):
        if failing[i]:
            said = f"{own[i]:.0%} of its requests fail, {theirs[i]:.0%} of its peers'"
        else:
            said = f"answers in {looks.took[i]:.0f} ms, its peers in {usual[int(i)]:.0f} ms"
        took = "unknown" if np.isnan(looks.took[i]) else f"{looks.took[i]:.0f} ms"
        reason = (
            f"over {SECONDS:g} s: {looks.failed[i]:.0f} of {looks.requests[i]:.0f} failed,"
            f" peers {looks.peers_failed[i]:.0f} of {looks.peers_sent[i]:.0f}; answers in {took}"
        )
        faults = ("server-errors", "server-down") if failing[i] else ("server-slow",)
        figures = {"failed_ratio": float(own[i]), "peers_failed_ratio": float(theirs[i])}
        yield Verdict("server_out_of_step", f"server {all_servers.names[i]}", "bad", "warning", False, said, reason, faults, figures)


def _look(window: Window, all_servers: Servers) -> _Looks:
    names = all_servers.names
    risen = columns.risen(window, names, "requests_total", SECONDS)[0]
    seen, requests = ~np.isnan(risen), np.where(np.isnan(risen), 0.0, risen)
    failures = [columns.risen(window, names, metric, SECONDS)[0] for metric in FAILURES]
    failed = np.fmax(np.where(seen, np.fmax.reduce(failures), 0.0), 0.0)
    # An attempt that got no connection is an error in Envoy's count and no request: of those that failed all were tried.
    requests = np.maximum(requests, failed)
    # HAProxy's rtime is over its last 1024 requests, a minute behind at this load; an application's own mean is over its last second.
    took = columns.medians(columns.values(window, names, "response_ms", 3.0).values)
    took = np.where(seen & (requests > 0), took, np.nan)
    for i, own in _own_times(window, all_servers):
        took[i] = own if seen[i] else np.nan
    sums = (all_servers.sums(each)[all_servers.pool_of] for each in (requests, failed))
    sent_all, failed_all = sums
    return _Looks(seen, requests, failed, sent_all - requests, failed_all - failed, took)


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


def _usual(all_servers: Servers, looks: _Looks, i: int) -> float:
    """The median time of its peers."""
    where = all_servers.of(int(all_servers.pool_of[i]))
    times = looks.took[where].copy()
    times[i - where.start] = np.nan
    times = times[~np.isnan(times)]
    return float(np.median(times)) if len(times) else np.inf
