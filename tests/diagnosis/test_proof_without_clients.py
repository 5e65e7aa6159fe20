"""Without any client figure the load balancer's own figures prove a repair, or do not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from poise.diagnosis.proof import prove
from poise.model.needs import Objectives
from poise.model.sample import Series, Stack, Window

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(seconds=10)


def window(**rates: float) -> Window:
    seconds = NOW.timestamp() + np.arange(-9.0, 1.0)
    ticks = np.arange(10.0)
    series = {
        ("web", "requests_total"): Series(seconds, 100 * ticks),
        ("web", "responses_5xx_total"): Series(seconds, rates.get("errors", 0.0) * ticks),
        ("web", "queue"): Series(seconds, np.full(10, rates.get("queue", 0.0))),
        ("web/app1", "requests_total"): Series(seconds, rates.get("app1", 50.0) * ticks),
        ("web/app2", "requests_total"): Series(seconds, (100 - rates.get("app1", 50.0)) * ticks),
    }
    return Window(Stack(), NOW, series)


EVEN = {"app1": 0.5, "app2": 0.5}


def test_shares_prove_it() -> None:
    proof = prove(window(), SINCE, EVEN, "web", Objectives())
    assert proof.proven and "clients are not measured" in proof.reason


@pytest.mark.parametrize(("rates", "says"), [({"errors": 5.0}, "success is 95.0%"), ({"queue": 3.0}, "3 wait"), ({"app1": 90.0}, "90.0%")])
def test_errors_queues_and_shares_speak_against_it(rates: dict[str, float], says: str) -> None:
    proof = prove(window(**rates), SINCE, EVEN, "web", Objectives())
    assert not proof.proven and says in proof.reason


def test_nothing_measured_proves_nothing() -> None:
    assert not prove(Window(Stack(), NOW), SINCE, EVEN, "web", Objectives()).proven
