"""What each server got of its pool's requests in one window, and what it is compared with: for all pools at once."""

from dataclasses import dataclass

import numpy as np

from poise.detectors import columns
from poise.detectors.client_harm import harmed
from poise.detectors.comparison import HOT_RATIO, RATIO, SPANS
from poise.detectors.expected_shares import ExpectedShares
from poise.detectors.screen import Shares
from poise.detectors.servers import Floats, Mask, Servers, servers
from poise.model.sample import Window

# A new connection table after a weight change: HAProxy needs a moment, and counts of both sides mix.
SETTLE_SECONDS = 1.5
LONG_SECONDS = 120.0
# As the audit's rule: 256/1/1 is a mistake until somebody says that it is meant, 2/1/1 is a choice.
UNDECLARED_RATIO, HARMED_RATIO = 2.5, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class SharesSeen:
    """What one window says of all pools: rises by span and server (NaN: not known), and what they are compared with (wanted, given)."""

    servers: Servers
    expected: ExpectedShares
    serves: Mask
    risen: Floats
    harm: bool
    by: Shares


@dataclass(frozen=True, slots=True, eq=False)
class PoolsSeen:
    """By pool: whether it has two servers or more, whether their states are known too, is compared with nothing, declares a split."""

    several: Mask
    told: Mask
    alone: Mask
    declared: Mask


def shares_seen(window: Window) -> SharesSeen:
    """What this window says."""
    all_servers = servers(window)
    names = all_servers.names
    expected = window.memo.of("expected shares", (all_servers, window.needs), lambda: ExpectedShares(all_servers, window.needs))
    serves, _ = columns.serving(window, names)
    expected.update(serves, columns.latest(window, names, "effective_weight"))
    states = tuple(columns.steady_seconds(window, names, m, LONG_SECONDS) for m in ("up", "maintenance", "drain", "effective_weight"))
    harm = harmed(window)
    inputs = (all_servers, expected.version, harm, *states)
    by = window.memo.of("references of shares", inputs, lambda: _references(all_servers, expected, harm, states))
    risen = columns.risen(window, names, "requests_total", *SPANS)
    # A drained server keeps the clients that stick to it until they leave: that is what draining is for, and says nothing of the others.
    draining = columns.latest(window, names, "drain") > 0
    if draining.any():
        risen = np.where(draining, np.nan, risen)
    return SharesSeen(all_servers, expected, serves, risen, harm, by)


def pools_seen(look: SharesSeen, known: Mask) -> PoolsSeen:
    """What holds while the references of this look do, and the servers whose state is `known` are the same."""
    several = look.servers.first[1:] > look.servers.first[:-1] + 1
    alone: Mask = ~np.logical_or.reduce(look.by.exists, axis=0)
    return PoolsSeen(several, several & look.servers.some(known), alone, look.expected.declared.copy())


def _references(all_servers: Servers, expected: ExpectedShares, harm: bool, states: tuple[Floats, ...]) -> Shares:
    """Of every pool, with how long each holds: what is wanted, and what weights and algorithm give."""
    alive = all_servers.smallest(np.minimum.reduce(states[:3]), LONG_SECONDS)
    weighed = all_servers.smallest(states[3], LONG_SECONDS)
    # Nothing is declared: uneven weights may be meant, so it takes harm or a server with three times its part to speak of it at all.
    undeclared = HARMED_RATIO if harm else UNDECLARED_RATIO
    ratio = np.where(expected.declared, np.where(expected.by_load, HOT_RATIO, RATIO), undeclared)
    # Slow start is uneven on purpose while it lasts, and the weights that HAProxy tells hide it: a weight of 1 is told as 1 from a
    # sixteenth of it on. In two simulated weeks of ten pools that alone gave 36 alarms.
    grown = np.where(alive >= LONG_SECONDS, alive, alive - expected.slow_start)
    for_wanted = np.where(expected.declared, grown, alive - expected.slow_start)
    steady = np.array([for_wanted, np.minimum(grown, weighed) - SETTLE_SECONDS])
    ratios = np.array([ratio, np.full(len(ratio), RATIO)])
    return Shares(expected.scaled, expected.exists.copy(), expected.dispersion.copy(), steady, ratios)
