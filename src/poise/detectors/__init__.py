"""One detector, one file: what a window of samples says about a component. Pure. Only harm to clients, a split that breaks the declared
needs and the loss of most servers wake a person; all others are context for whoever is awake."""

from datetime import timedelta

from poise.detectors import (
    answers_failing,
    backups_only,
    breaker_open,
    certificate_ends,
    client_harm,
    database_waiting,
    demand_high,
    discovery_stale,
    drift,
    health_flapping,
    hop_slow,
    limits_near,
    panic,
    queue_growing,
    server_down,
    server_out_of_step,
    source_gone,
    uneven_share,
    unseen_failures,
)
from poise.detectors.detector import Detector, Policy


def _seconds(for_: float, keep: float = 10.0, n: int = 1, m: int = 1) -> Policy:
    return Policy(timedelta(seconds=for_), timedelta(seconds=keep), n, m)


DETECTORS: tuple[Detector, ...] = (
    # Two looks in a row: the chance of one false alarm a week holds for each look already.
    Detector("uneven_share", uneven_share.judge, _seconds(0, keep=5, n=2, m=3), uneven_share.FAULTS),
    Detector("client_harm", client_harm.judge, _seconds(1, keep=15)),
    Detector("server_down", server_down.judge, _seconds(2), server_down.FAULTS),
    Detector("drift", drift.judge, _seconds(2)),
    Detector("queue_growing", queue_growing.judge, _seconds(2)),
    Detector(
        "limits_near",
        limits_near.judge,
        _seconds(2),
        ("listener-maxconn", "server-maxconn", "uneven-weights", "server-slow", "servers-slow-all", "surge", "database-connections"),
    ),
    Detector("server_out_of_step", server_out_of_step.judge, _seconds(3), (*server_out_of_step.FAILING, "server-slow")),
    Detector("database_waiting", database_waiting.judge, _seconds(2), ("database-locked", "database-slow", "database-connections")),
    Detector("hop_slow", hop_slow.judge, _seconds(3), ("network-delay", "network-loss")),
    Detector("demand_high", demand_high.judge, _seconds(5), ("surge",)),
    Detector("backups_only", backups_only.judge, _seconds(2), ("server-down", "wrong-health-check")),
    Detector("panic", panic.judge, _seconds(2, keep=20), ("server-down", "wrong-health-check")),
    Detector("health_flapping", health_flapping.judge, _seconds(0, keep=120), ("wrong-health-check", "deep-health-check", "server-down")),
    Detector("discovery_stale", discovery_stale.judge, _seconds(5)),
    Detector("breaker_open", breaker_open.judge, _seconds(2), remedy=breaker_open.REMEDY),
    Detector("certificate_ends", certificate_ends.judge, _seconds(5, keep=120), certificate_ends.FAULTS, remedy=certificate_ends.REMEDY),
    Detector("answers_failing", answers_failing.judge, _seconds(1, keep=15), answers_failing.FAULTS),
    Detector("unseen_failures", unseen_failures.judge, _seconds(2), unseen_failures.FAULTS),
    Detector("source_gone", source_gone.judge, _seconds(5), ("load-balancer-down",)),
)

__all__ = ["DETECTORS", "Detector", "Policy"]
