"""Which servers of a pool get traffic, and which ought to."""

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts


def serving(cut: Halves, parts: PoolParts) -> tuple[str, ...]:
    """Servers that may get traffic, in order: not down, not in maintenance, not a backup beside active ones."""
    return _chosen(cut, parts, {s for s, c in parts.servers.items() if cut.setting(c, "up") != 0.0 and not taken_out(cut, parts, s)})


def active(cut: Halves, parts: PoolParts) -> tuple[str, ...]:
    """Servers that ought to get traffic, in order: those that may, and those that did before the onset."""
    came = {s for s, c in parts.servers.items() if (before := cut.counter_normal(c, "requests_total")) is not None and before[0] > 0}
    return _chosen(cut, parts, {s for s in (*serving(cut, parts), *came) if not taken_out(cut, parts, s)})


def _chosen(cut: Halves, parts: PoolParts, ready: set[str]) -> tuple[str, ...]:
    backup = {s for s in ready if (cut.setting(parts.servers[s], "backup") or 0.0) >= 0.5}
    some = ready - backup or backup
    return tuple(s for s in parts.servers if s in some)


def taken_out(cut: Halves, parts: PoolParts, server: str) -> bool:
    """Did somebody take it out: at run time, or in the file where the running state says nothing else?"""
    told = [v for m in ("maintenance", "drain") if (v := cut.setting(parts.servers[server], m)) is not None]
    return any(v >= 0.5 for v in told) if told else _out_in_file(cut, parts, server)


def _out_in_file(cut: Halves, parts: PoolParts, server: str) -> bool:
    written = parts.pool.server(server) if parts.pool is not None else None
    return (
        written is not None
        and (written.disabled or written.health in ("DRAINING", "UNHEALTHY"))
        and cut.setting(parts.servers[server], "up") != 1.0
    )
