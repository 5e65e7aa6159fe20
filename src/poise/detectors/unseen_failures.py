"""Clients fail and the load balancer's own counters are clean: requests are lost before it, or it counts an answer that none got.

The story's first trap turned round: whoever looks at the load balancer's figures alone says that all is well.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.client_harm import BURN, FEWEST_FAILURES, failures, objectives
from poise.detectors.columns import risen
from poise.model.alert import Verdict
from poise.model.sample import ComponentKind, Window

SECONDS = 10.0
# The load balancer's own errors are less than this part of what clients see.
PART = 0.25
FAULTS = ("listener-maxconn", "network-loss", "reload-cuts-connections", "listener-certificate", "load-balancer-busy")


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each client that is measured while the load balancer is."""
    promised, _ = objectives(window)
    for client in window.stack.of_kind("client"):
        seen = failures(window, client.name, SECONDS)
        if seen is None:
            continue
        lost, sent = seen
        ratio = lost / sent if sent else 0.0
        failing = lost >= FEWEST_FAILURES and ratio >= min(0.5, BURN * (1 - promised))
        # Where clients do well there is nothing to count.
        counted = _counted(window) if failing else (0.0, 0.0)
        if counted is None:
            continue
        own, requests = counted
        theirs = own / requests if requests else 0.0
        bad = failing and theirs < PART * ratio
        said = (
            f"{ratio:.1%} of the requests fail, the load balancer counts {theirs:.1%}: they are lost before it, or it takes no more"
            if bad
            else "clients and load balancer count alike"
        )
        yield Verdict(
            "unseen_failures",
            client.name,
            "bad" if bad else "ok",
            "warning",
            False,
            said,
            f"over {SECONDS:g} s clients lost {lost:.0f} of {sent:.0f}; the load balancer answered {own:.0f} of {requests:.0f} with 5xx",
            FAULTS,
            {"clients_failed_ratio": ratio, "counted_ratio": theirs},
        )


def _counted(window: Window) -> tuple[float, float] | None:
    """Errors and requests of the last seconds, as the listeners count them, else the pools; None where nothing counts them."""
    kinds: tuple[ComponentKind, ...] = ("listener", "pool")
    for kind in kinds:
        names = _names(window, kind)
        errors, requests = (risen(window, names, metric, SECONDS)[0] for metric in ("responses_5xx_total", "requests_total"))
        known = ~np.isnan(errors) & ~np.isnan(requests)
        if known.any():
            return float(errors[known].sum()), float(requests[known].sum())
    return None


def _names(window: Window, kind: ComponentKind) -> tuple[str, ...]:
    return window.memo.of(f"names of {kind}", (window.stack,), lambda: tuple(part.name for part in window.stack.of_kind(kind)))
