"""A server that the health checks took out, and a pool that lost most of its servers."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.servers import Floats, Mask, Servers, servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

# nginx has no checks of its own: what it makes of a server is what became of its last requests.
_WHY = {"nginx": "its last requests failed, and nginx leaves it out for its fail_timeout"}
FAULTS = ("wrong-health-check", "server-down", "traffic-pinned", "server-left-in-drain", "dns-answer-wrong")


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool, which pages when most or all of it is gone, and about each server, which does not."""
    all_servers = servers(window)
    names = all_servers.names
    serves, known = columns.serving(window, names)
    up, maintained = columns.latest(window, names, "up"), columns.latest(window, names, "maintenance")
    # While the states stand, so do the answers.
    inputs = (all_servers, serves, known, up, maintained)
    return window.memo.of("server_down", inputs, lambda: tuple(_answers(all_servers, serves, known, up, maintained)))


def _answers(all_servers: Servers, serves: Mask, known: Mask, up: Floats, maintained: Floats) -> Iterator[Verdict | InOrder]:
    out = all_servers.active & ~serves
    told = all_servers.some(known)
    most = told & (2 * all_servers.sums(out) > all_servers.sums(all_servers.active))
    yield InOrder("server_down", all_servers.by_pool, told & ~most, "error", True, "most servers serve")
    for place in np.flatnonzero(~told):
        name = f"pool {all_servers.pools[place].name}"
        yield Verdict("server_down", name, "unknown", "error", True, "states are not known", "the load balancer gave no samples")
    for place in np.flatnonzero(most):
        yield _lost(all_servers, int(place), out, serves)
    gone = all_servers.active & (up == 0) & ~(maintained > 0)
    yield InOrder("server_down", all_servers.by_server, all_servers.active & known & ~gone, summary="up")
    for place in np.flatnonzero(gone):
        full, pool = all_servers.names[place], all_servers.pools[all_servers.pool_of[place]]
        name = full[len(pool.name) + 1 :]
        yield Verdict(
            "server_down", f"server {full}", "bad", "warning", False, f"{name} is down", _WHY.get(pool.product, "its health check fails")
        )


def _lost(all_servers: Servers, place: int, out: Mask, serves: Mask) -> Verdict:
    pool, where = all_servers.pools[place], all_servers.of(place)
    rows = list(zip(pool.servers, out[where].tolist(), serves[where].tolist(), strict=True))
    names = sorted(server.name for server, is_out, _ in rows if is_out)
    backups = [server.name for server, _, yes in rows if yes and server.role != "active"]
    active = sum(server.role == "active" for server in pool.servers)
    summary = f"{len(names)} of {active} servers get no traffic: {', '.join(names)}"
    reason = f"down, in maintenance or draining: {', '.join(names)}; backups that serve: {', '.join(backups) or 'none'}"
    return Verdict("server_down", f"pool {pool.name}", "bad", "error", True, summary, reason, FAULTS)
