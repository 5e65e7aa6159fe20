"""A need that no forecast can follow is said, not dropped in silence."""

from math import exp

import pytest

from poise.app.needs_set_aside import set_aside
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs, PoolNeeds

POOL = lower([parse("backend web\n server a 10.0.0.1:80\n", "haproxy.cfg")])


def told(**needs: float) -> list[str]:
    return [each.text for each in set_aside(Needs({"web": PoolNeeds(**needs)}), [POOL], "poise.toml")]  # type: ignore[arg-type]


def test_a_rate_and_clients_are_two_loads() -> None:
    (said,) = told(peak_requests_per_second=100, clients=24, service_time_ms=40)
    assert "clients = 24 does not count" in said
    assert told(clients=24, service_time_ms=40) == []
    assert told(peak_requests_per_second=100, service_time_ms=40) == []


@pytest.mark.parametrize(("p99", "said"), [(599, None), (40 * exp(2.3263478740408408**2 / 2) + 1, "beyond 15 ×"), (39, "below the mean")])
def test_a_99th_percentile_that_no_lognormal_distribution_has(p99: float, said: str | None) -> None:
    """p99 / mean = e^(z σ − σ²/2), which is at most e^(z²/2) = 14.97, and at least 1."""
    found = told(peak_requests_per_second=100, service_time_ms=40, service_time_p99_ms=min(p99, 598) if said is None else p99)
    assert len(found) == (said is not None)
    if said is not None:
        assert said in found[0]
