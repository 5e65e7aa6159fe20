"""One server fails or is slow where its peers are not.

Judged per server: with one slow application the pool's mean response time falls, because the slow one completes less.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.peers import SECONDS, peers
from poise.detectors.servers import servers
from poise.detectors.slowness import fast, slow, times
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

# Errors: 5 % and four times the others', at least five of them.
LEAST_RATIO, TIMES, LEAST_COUNT = 0.05, 4.0, 5.0
FAILING = ("server-errors", "server-down", "server-unchecked", "stale-backend", "tls-certificate")


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each server of a pool where at least two are measured."""
    all_servers = servers(window)
    looks = peers(window, all_servers)
    beside = looks.seen & (all_servers.sums(looks.seen) > 1)[all_servers.pool_of]
    bad = beside & (looks.failed >= LEAST_COUNT)
    if not bad.any() and fast(window, all_servers):
        yield InOrder("server_out_of_step", all_servers.by_server, beside, summary="in step with its peers")
        return
    took = times(window, looks)
    usual = slow(window, looks, took, beside)
    peers_sent, peers_failed = looks.others(looks.requests), looks.others(looks.failed)
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = np.where(peers_sent > 0, peers_failed / peers_sent, 0.0)
        own = np.where(looks.requests > 0, looks.failed / looks.requests, looks.failed > 0)
    failing = beside & (looks.failed >= LEAST_COUNT) & (own >= np.maximum(LEAST_RATIO, TIMES * theirs))
    bad = failing.copy()
    bad[list(usual)] = True
    yield InOrder("server_out_of_step", all_servers.by_server, beside & ~bad, summary="in step with its peers")
    for i in bad.nonzero()[0].tolist():
        if failing[i]:
            said = f"{own[i]:.0%} of its requests fail, {theirs[i]:.0%} of its peers'"
        else:
            said = f"answers in {took[i]:.0f} ms, its peers in {usual[i]:.0f} ms"
        reason = (
            f"over {SECONDS:g} s: {looks.failed[i]:.0f} of {looks.requests[i]:.0f} failed, peers {peers_failed[i]:.0f} of"
            f" {peers_sent[i]:.0f}; answers in {'unknown' if np.isnan(took[i]) else f'{took[i]:.0f} ms'}"
        )
        faults = FAILING if failing[i] else ("server-slow",)
        figures = {"failed_ratio": float(own[i]), "peers_failed_ratio": float(theirs[i])}
        yield Verdict("server_out_of_step", f"server {all_servers.names[i]}", "bad", "warning", False, said, reason, faults, figures)
