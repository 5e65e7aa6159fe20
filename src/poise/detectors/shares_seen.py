"""What each server got of its pool's requests in one window, and what it is compared with: for all pools at once."""

from dataclasses import dataclass

import numpy as np

from poise.detectors import columns
from poise.detectors.client_harm import harmed
from poise.detectors.comparison import HOT_RATIO, RATIO, SPANS
from poise.detectors.expected_shares import ExpectedShares
from poise.detectors.servers import Floats, Mask, Servers, servers
from poise.model.sample import Window

# A new connection table after a weight change: HAProxy needs a moment, and counts of both sides mix.
SETTLE_SECONDS = 1.5
LONG_SECONDS = 120.0
# As the audit's rule: 256/1/1 is a mistake until somebody says that it is meant, 2/1/1 is a choice.
UNDECLARED_RATIO, HARMED_RATIO = 2.5, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class SharesSeen:
    """What one window says of all pools: rises by span and server (NaN: not known), and for how long each pool's references hold."""

    servers: Servers
    expected: ExpectedShares
    serves: Mask
    risen: Floats
    harm: bool
    steady: tuple[Floats, Floats]
    ratio: Floats


def shares_seen(window: Window) -> SharesSeen:
    """What this window says."""
    all_servers = servers(window)
    names = all_servers.names
    expected = window.memo.of("expected shares", (all_servers, window.needs), lambda: ExpectedShares(all_servers, window.needs))
    serves, _ = columns.serving(window, names)
    expected.update(serves, columns.latest(window, names, "effective_weight"))
    states = (columns.steady_seconds(window, names, metric, LONG_SECONDS) for metric in ("up", "maintenance", "drain"))
    alive = all_servers.smallest(np.minimum.reduce(list(states)), LONG_SECONDS)
    weighed = all_servers.smallest(columns.steady_seconds(window, names, "effective_weight", LONG_SECONDS), LONG_SECONDS)
    harm = harmed(window)
    # Nothing is declared: uneven weights may be meant, so it takes harm or a server with three times its part to speak of it at all.
    undeclared = HARMED_RATIO if harm else UNDECLARED_RATIO
    ratio = np.where(expected.declared, np.where(expected.by_load, HOT_RATIO, RATIO), undeclared)
    # Slow start is uneven on purpose while it lasts, and the weights that HAProxy tells hide it: a weight of 1 is told as 1 from a
    # sixteenth of it on. In two simulated weeks of ten pools that alone gave 36 alarms.
    grown = np.where(alive >= LONG_SECONDS, alive, alive - expected.slow_start)
    for_wanted = np.where(expected.declared, grown, alive - expected.slow_start)
    steady = (for_wanted, np.minimum(grown, weighed) - SETTLE_SECONDS)
    risen = columns.risen(window, names, "requests_total", *SPANS)
    # A drained server keeps the clients that stick to it until they leave: that is what draining is for, and says nothing of the others.
    draining = columns.latest(window, names, "drain") > 0
    if draining.any():
        risen = np.where(draining, np.nan, risen)
    return SharesSeen(all_servers, expected, serves, risen, harm, steady, ratio)
