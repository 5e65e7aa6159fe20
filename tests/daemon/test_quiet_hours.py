"""Healthy traffic that doubles and halves in bursts wakes nobody: detectors and lifecycle together, on simulated samples."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from poise.alerting import lifecycle
from poise.daemon.history import History
from poise.detectors import DETECTORS
from poise.detectors.judging import judged
from poise.model.location import Location
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Component, Sample, Stack
from poise.model.topology import Algorithm, Pool, Server, Topology

START = datetime(2026, 11, 22, tzinfo=UTC)
HERE = Location("haproxy.cfg", 1, 1)
SERVERS = ("app1", "app2", "app3", "app4")
SECONDS = 600


@pytest.mark.parametrize("algorithm", ["roundrobin", "leastconn", "source"])
def test_bursts_of_healthy_traffic_wake_nobody(algorithm: str) -> None:
    """Servers are drawn at random for each request: harder than roundrobin, which deals them out evenly."""
    assert pages(algorithm, SECONDS, seed=7) == []


def pages(algorithm: str, seconds: int, seed: int) -> list[str]:
    """What paged over that long a watch."""
    draw = np.random.default_rng(seed)
    pool = Pool("web", "haproxy", "http", Algorithm(algorithm), tuple(Server(n, "127.0.0.1:1", "active", 1, HERE) for n in SERVERS), HERE)
    needs = Needs({"web": PoolNeeds(split="even", peak_requests_per_second=150, objectives=Objectives(0.999, 500))})
    parts = (Component("client", "client"), Component("web", "pool"), *(Component(f"web/{n}", "server") for n in SERVERS))
    history, state, told = History(), lifecycle.start(DETECTORS), []
    totals, rate = np.zeros(4), 80.0
    for second in range(seconds):
        # A tick comes up to 0.2 s early or late, a burst of twice the rate every half minute or so lasts a few seconds.
        now = START + timedelta(seconds=second + float(draw.uniform(-0.1, 0.1)))
        if draw.random() < 0.1:
            rate = 160.0 if draw.random() < 0.3 else float(draw.uniform(50, 110))
        sent = int(draw.poisson(rate))
        totals += draw.multinomial(sent, [0.25] * 4)
        history.add(_samples(now, totals, sent, draw))
        window = history.window(now, Stack(parts), (Topology("haproxy", "f", pools=(pool,)),), needs)
        verdicts, broken = judged(DETECTORS, window, now, state.tracked)
        assert not broken
        state, effects = lifecycle.step(state, verdicts, now)
        told += [f"{second}: {e.alert.verdict.summary}" for e in effects if e.fired and e.alert.verdict.page]
    return told


def _samples(now: datetime, totals: "np.typing.NDArray[np.float64]", sent: int, draw: np.random.Generator) -> list[Sample]:
    values = {("web", "queue"): 0.0}
    for name, total in zip(SERVERS, totals, strict=True):
        server = f"web/{name}"
        values |= {
            (server, m): v for m, v in {"requests_total": total, "up": 1, "maintenance": 0, "drain": 0, "effective_weight": 1}.items()
        }
        values |= {(server, "weight"): 1, (server, "loaded_weight"): 1, (server, "response_ms"): float(draw.gamma(20, 4))}
    # The p99 of a second is nearly its slowest request: heavy-tailed; one request in ten thousand fails.
    slow = float(160 * draw.lognormal(0, 0.35) * (1.5 if sent > 130 else 1))
    values |= {("client", "requests_per_second"): float(sent), ("client", "p99_ms"): slow}
    values["client", "success_ratio"] = 1 - float(draw.binomial(sent, 1e-4)) / max(1, sent)
    return [Sample(now, component, metric, float(value)) for (component, metric), value in values.items()]
