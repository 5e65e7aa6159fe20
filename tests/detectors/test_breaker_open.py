"""A circuit breaker that stands open or refuses is told; one that is at its limit for an instant is not."""

from series_as_data import NOW, states, window

from poise.detectors import breaker_open, discovery_stale
from poise.model.alert import Verdict


def judge(**metrics: str) -> list[Verdict]:
    return [v for v in breaker_open.judge(window({"web": metrics}), NOW) if isinstance(v, Verdict)]


def test_one_that_stands_open_for_five_seconds() -> None:
    (verdict,) = judge(requests_breaker_open="0x50 1x10")
    assert (verdict.component, verdict.state, verdict.page) == ("pool web", "bad", False)
    assert "circuit breaker is open for requests (`max_requests`)" in verdict.summary


def test_one_that_refuses() -> None:
    (verdict,) = judge(queue_breaker_open="0x57 1 0 1", requests_refused_total="0x57 4 9 12")
    assert "for waiting requests (`max_pending_requests`): 12 refused in 5 s" in verdict.summary


def test_of_priority_high_too() -> None:
    (verdict,) = judge(high_priority_connections_breaker_open="1x60")
    assert "for connections (`max_connections` of priority HIGH)" in verdict.summary


def test_at_the_limit_for_an_instant() -> None:
    assert judge(requests_breaker_open="0x58 1 0", requests_refused_total="0x60") == []
    assert judge(requests_breaker_open="0x60", requests_refused_total="0x60") == []
    assert judge() == []


def test_listeners_or_routes_whose_updates_are_refused() -> None:
    for what, words in (("listeners", "listeners (LDS)"), ("routes", "routes (RDS)"), ("pools", "clusters (CDS)")):
        refused = window({"lb1": {f"{what}_discovery_failing_seconds": "0x10 1+1x50"}})
        (verdict,) = (v for v in discovery_stale.judge(refused, NOW) if isinstance(v, Verdict))
        assert verdict.state == "bad" and f"no update of its {words} was taken" in verdict.summary
    young = window({"lb1": {"listeners_discovery_failing_seconds": "0x50 1+1x10", "control_plane_connected": "1x60"}})
    assert states(discovery_stale.judge(young, NOW)) == {"load-balancer lb1": "ok"}
    assert states(discovery_stale.judge(window({"lb1": {"sessions": "1x60"}}), NOW)) == {}
