"""Clients fail and the load balancer's own counters are clean: requests are lost before it, or it counts an answer that none got.

The story's first trap turned round: whoever looks at the load balancer's figures alone says that all is well.
"""

from collections.abc import Iterable
from datetime import datetime

from poise.detectors.client_harm import BURN, FEWEST_FAILURES, failures, objectives
from poise.detectors.reading import risen
from poise.model.alert import Verdict
from poise.model.sample import ComponentKind, Window

SECONDS = 10.0
# The load balancer's own errors are less than this part of what clients see.
PART = 0.25


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each client that is measured while the load balancer is."""
    counted = _counted(window)
    if counted is None:
        return
    own, requests = counted
    promised, _ = objectives(window.needs)
    for client in window.stack.of_kind("client"):
        seen = failures(window, client.name, SECONDS)
        if seen is None:
            continue
        lost, sent = seen
        ratio, theirs = lost / sent if sent else 0.0, own / requests if requests else 0.0
        bad = lost >= FEWEST_FAILURES and ratio >= min(0.5, BURN * (1 - promised)) and theirs < PART * ratio
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
            ("listener-maxconn", "network-loss"),
            {"clients_failed_ratio": ratio, "counted_ratio": theirs},
        )


def _counted(window: Window) -> tuple[float, float] | None:
    """Errors and requests of the last seconds, as the listeners count them, else the pools; None where nothing counts them."""
    kinds: tuple[ComponentKind, ...] = ("listener", "pool")
    for kind in kinds:
        found = [
            (errors, requests)
            for part in window.stack.of_kind(kind)
            if (errors := risen(window, part.name, "responses_5xx_total", SECONDS)) is not None
            and (requests := risen(window, part.name, "requests_total", SECONDS)) is not None
        ]
        if found:
            return sum(e for e, _ in found), sum(r for _, r in found)
    return None
