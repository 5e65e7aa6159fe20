"""A limit is reached: sessions of a listener, a server's maxconn, an application's slots, a database's connections.

A frontend at its limit is invisible in every other figure: connections wait in the kernel, and only clients feel it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

import numpy as np

from poise.detectors import columns
from poise.detectors.accepting import accepted
from poise.detectors.parts import parts
from poise.detectors.servers import Floats, Mask
from poise.model.alert import InOrder, Verdict
from poise.model.component_label import component_label
from poise.model.sample import ComponentKind, Window

SECONDS = 5.0
OPEN_FILES = "open_files"
# (kind, what is used, its limit, the part of the limit that is near it)
LIMITS: tuple[tuple[ComponentKind, str, str, float], ...] = (
    ("load-balancer", "sessions", "session_limit", 0.9),
    # With a sixteenth left nginx closes idle clients, up to 32 at once: 512 were never more than 478 and never less than 447 (nginx 1.22).
    ("load-balancer", "connections", "connection_limit", 0.85),
    ("load-balancer", OPEN_FILES, "open_files_limit", 0.9),
    ("listener", "sessions", "session_limit", 0.9),
    ("server", "in_flight", "maxconn", 1.0),
    ("application", "in_flight", "slots", 1.0),
    ("database", "connections", "connection_limit", 0.95),
)
LOOKS = 3
BY_KIND: dict[ComponentKind, tuple[str, ...]] = {
    "load-balancer": ("listener-maxconn",),
    "listener": ("listener-maxconn",),
    "server": ("server-maxconn",),
    "application": ("uneven-weights", "server-slow", "servers-slow-all", "surge"),
    "database": ("database-connections",),
}
# Without any of these there is nothing to say.
TOLD = {
    kind: [*(limit for of, _, limit, _ in LIMITS if of == kind), *(("accept_queue",) if kind == "listener" else ())] for kind in BY_KIND
}

# Where the limit is written.
WRITTEN: dict[tuple[str, str], str] = {
    ("haproxy", "load-balancer"): "`maxconn` in `global`",
    ("haproxy", "listener"): "this frontend's `maxconn`",
    ("nginx", "load-balancer"): "`worker_connections`, for each worker; `worker_rlimit_nofile` must allow more files than that",
    ("envoy", "load-balancer"): "`max_active_downstream_connections` of the overload manager",
    (
        "haproxy",
        OPEN_FILES,
    ): "`ulimit-n` in `global` (else computed from `maxconn`), or what its service is allowed (LimitNOFILE)",
    ("nginx", OPEN_FILES): "`worker_rlimit_nofile`, of one worker, or what its service is allowed (LimitNOFILE)",
    ("envoy", "listener"): "`envoy.resource_limits.listener.NAME.connection_limit` in the runtime, NAME as this listener's",
}


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each component with a limit, and about each listener whose accept queue is seen."""
    for kind, faults in BY_KIND.items():
        if window.measured.isdisjoint(TOLD[kind]):
            continue
        part = parts(window, kind)
        if not part.names:
            continue
        known, found = np.zeros(len(part.names), dtype=np.bool_), dict[int, Verdict]()
        for verdicts, told in _of_limits(window, kind, part.names):
            known |= told
            # Of two limits of one component the first that is near is told.
            found = verdicts | found
        if kind == "listener":
            known |= accepted(window, part.names, known, found, faults)
        if known.any():
            known[list(found)] = False
            yield InOrder("limits_near", part.places, known, summary="below its limit")
        yield from found.values()


def _of_limits(window: Window, kind: ComponentKind, names: tuple[str, ...]) -> Iterator[tuple[dict[int, Verdict], Mask]]:
    for of, used_metric, limit_metric, near in LIMITS:
        if of != kind or limit_metric not in window.measured:
            continue
        limit = columns.latest(window, names, limit_metric)
        limited, some = window.memo.of(("limited", kind, limit_metric), (names, limit), partial(_above, limit))
        if not some:
            continue
        used = columns.values(window, names, used_metric, SECONDS, LOOKS).values
        # nginx refuses where all its connections are in use, which may be for an instant and never for a look; and how many are in use it
        # cannot tell then, for the question takes a connection too.
        counted = "refused_total" in window.measured and used_metric != OPEN_FILES
        refused = np.fmax(columns.risen(window, names, "refused_total", SECONDS)[0], 0.0) if counted else np.zeros(len(names))
        over = limited & (refused > 0)
        limited = limited & ((~np.isnan(used)).sum(axis=0) >= LOOKS)
        # Never below it for five seconds: busy for an instant is what slots are for.
        least = columns.least(used)
        full = limited & (least >= near * limit)
        found = {}
        for i in (full | over).nonzero()[0].tolist():
            known = used[~np.isnan(used[:, i]), i]
            said = f"{used_metric} {f'{known[-1]:.0f}' if len(known) else 'an unknown number'} of {limit[i]:.0f}"
            if over[i]:
                count = "1 request or connection was" if refused[i] == 1 else f"{refused[i]:.0f} requests or connections were"
                said = f"{count} refused in {SECONDS:g} s: no connection was left ({said})"
            of_it = f"at least {least[i]:.0f} of" if len(known) else "an unknown number of"
            reason = f"over {SECONDS:g} s {of_it} {limit[i]:.0f}, near from {near:.0%}"
            place = OPEN_FILES if used_metric == OPEN_FILES else kind
            written = next((words for t in window.topologies if (words := WRITTEN.get((t.product, place)))), None)
            reason += f"; the limit is {written}" if written else ""
            figures = {"limit": float(limit[i])} | ({"used": float(known[-1])} if len(known) else {})
            label = component_label(kind, names[i])
            found[i] = Verdict("limits_near", label, "bad", "warning", False, said, reason, BY_KIND[kind], figures)
        yield found, limited | over


def _above(limit: Floats) -> tuple[Mask, bool]:
    limited: Mask = limit > 0
    return limited, bool(limited.any())
