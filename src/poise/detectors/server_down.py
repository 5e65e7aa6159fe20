"""A server that the health checks took out, and a pool that lost most of its servers."""

from collections.abc import Iterable
from datetime import datetime

from poise.detectors.reading import latest, serving
from poise.model.alert import Verdict
from poise.model.sample import Window


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each pool, which pages when most or all of it is gone, and one for each server, which does not."""
    for pool in (p for topology in window.topologies for p in topology.pools):
        found = serving(window, pool.name)
        active = {s.name for s in pool.servers if s.role == "active"}
        if found is None:
            yield Verdict(
                "server_down", f"pool {pool.name}", "unknown", "error", True, "states are not known", "the load balancer gave no samples"
            )
            continue
        out = sorted(name for name in active if not found.get(name, False))
        most = bool(active) and 2 * len(out) > len(active)
        summary = f"{len(out)} of {len(active)} servers get no traffic: {', '.join(out)}" if out else "all servers serve"
        backups = [n for n, yes in found.items() if yes and n not in active]
        reason = f"down, in maintenance or draining: {', '.join(out) or 'none'}; backups that serve: {', '.join(backups) or 'none'}"
        yield Verdict(
            "server_down",
            f"pool {pool.name}",
            "bad" if most else "ok",
            "error",
            True,
            summary,
            reason,
            ("wrong-health-check", "server-down", "traffic-pinned"),
        )
        for name in active & set(found):
            gone = latest(window, f"{pool.name}/{name}", "up") == 0 and not latest(window, f"{pool.name}/{name}", "maintenance")
            said = "its health check fails" if gone else "up"
            yield Verdict(
                "server_down",
                f"server {pool.name}/{name}",
                "bad" if gone else "ok",
                "warning",
                False,
                f"{name} is down" if gone else said,
                said,
            )
