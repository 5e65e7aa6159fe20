"""Servers that are found by name while the load balancer runs, and whether the name was given another address."""

from collections.abc import Iterable

import numpy as np

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.faults.sign import Sign
from poise.model.topology import Pool

# A name that was given another address harms at once, or when the first check has failed.
BEFORE_SECONDS = 15.0
# Envoy's kinds of cluster that ask a name server.
BY_NAME = frozenset({"STRICT_DNS", "LOGICAL_DNS"})


def observe_names(cut: Halves) -> Iterable[Sign]:
    """All signs of names."""
    for parts in pools(cut):
        if parts.pool is not None:
            named = resolved(parts.pool)
            label = f"how servers of {parts.name} are found"
            how, source = ("by name, while it runs" if named else "as written"), "configuration"
            yield Sign("names resolved", parts.name, label, "any", how, 0.98 if named else 0.02, source)
        yield from _moved(cut, parts)


def resolved(pool: Pool) -> bool:
    """Whether the load balancer asks a name server for this pool's servers while it runs."""
    if pool.options.get("type") in BY_NAME:
        return True
    return any(s.resolvers is not None or "resolve" in s.options for s in pool.servers)


def _moved(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    counted = {s: cut.window.get(c, "address_moves_total") for s, c in parts.servers.items()}
    known = {s: series for s, series in counted.items() if len(series.values) > 1}
    if not known:
        return
    moved = []
    for server, series in known.items():
        lately = series.between(cut.after[0] - BEFORE_SECONDS, cut.after[1]).values
        if len(lately) > 1 and (np.diff(lately) > 0).any():
            moved.append(server)
    label = f"servers of {parts.name} whose running address became another"
    named = f"{len(moved)}: {', '.join(sorted(moved)[:4])}{' …' if len(moved) > 4 else ''}" if moved else 0
    yield Sign("address moved", parts.name, label, 0, named, 0.98 if moved else 0.02, "show servers state srv_addr")
