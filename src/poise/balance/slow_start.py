"""What a server that comes back gets while its weight still grows."""

from collections.abc import Iterator, Mapping

from poise.model.forecast import ServerShare, SlowStart
from poise.model.topology import Pool, Server

# Parts of the window that are told. Half a second later a step that is due has been taken.
MOMENTS = (0.0, 0.25, 0.5, 0.75)
# At one request at a time it looks at no weight: of 300 requests a server of a sixteenth of the other's weight got 150. LEAST_REQUEST
# does: hosts whose weights differ take turns by them, the busier the less so.
BY_LOAD = ("leastconn",)


def weight_factor(pool: Pool, server: Server, seconds: float) -> float:
    """What part of its weight the server has so long after it came back: 1 without slow start, and for open nginx, which has none."""
    if pool.product == "haproxy":
        from poise.balancers.haproxy import slow_start as haproxy  # noqa: PLC0415 - one product's alone

        return haproxy.weight_factor(server, seconds) if haproxy.warms(pool, server) else 1.0
    if pool.product == "envoy":
        from poise.balancers.envoy import slow_start as envoy  # noqa: PLC0415

        return envoy.weight_factor(pool, server, seconds) if envoy.warms(pool, server) else 1.0
    return 1.0


def shares_after(pool: Pool, shares: Mapping[str, float], server: Server, seconds: float) -> dict[str, float]:
    """The shares so long after that server came back, the others serving as always: each by its weight, of which it has a part."""
    part = weight_factor(pool, server, seconds)
    total = 1 - shares[server.name] * (1 - part)
    return {name: share * (part if name == server.name else 1.0) / total for name, share in shares.items()}


def slow_starts(pool: Pool, servers: tuple[ServerShare, ...]) -> Iterator[SlowStart]:
    """For each server that comes back slowly, what it gets meanwhile; nothing of one that is alone, which gets all whatever its weight."""
    shares = {s.server: s.share for s in servers}
    for server in pool.servers:
        window = server.slow_start
        if not window or not 0 < shares[server.name] < 1 or weight_factor(pool, server, 0.0) >= 1:
            continue
        seconds = [part * window.total_seconds() for part in MOMENTS]
        course = [(at, shares_after(pool, shares, server, at)[server.name]) for at in seconds]
        ends = (window.total_seconds(), shares[server.name])
        yield SlowStart(server.name, window.total_seconds(), (*course, ends), pool.algorithm.name in BY_LOAD)
