"""What each server failed, beside the other servers of its pool."""

from dataclasses import dataclass

import numpy as np

from poise.detectors import columns
from poise.detectors.servers import Floats, Mask, Servers
from poise.model.sample import Window

SECONDS = 10.0
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
