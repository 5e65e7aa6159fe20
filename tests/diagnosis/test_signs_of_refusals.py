"""Observables that decide between faults which look alike: limits of a pool, waits beside free slots, clients that do not agree."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pytest

from poise.diagnosis.halves import Halves
from poise.diagnosis.observe import observe
from poise.model.sample import Component, Series, Stack, Window

# Forty seconds: thirty in health, then ten of the trouble.
SECONDS = np.arange(40, dtype=np.float64)
STACK = Stack(
    (
        Component("http", "listener"),
        Component("web", "pool"),
        Component("web/a", "server"),
        Component("web/b", "server"),
        Component("a", "application"),
        Component("b", "application"),
        Component("main", "database"),
        Component("lb→a", "hop"),
        Component("client", "client"),
        Component("probe", "client"),
    ),
    (("http", "web"), ("web", "web/a"), ("web", "web/b"), ("web/a", "a"), ("web/b", "b"), ("a", "main"), ("b", "main")),
)


def degree(
    name: str, figures: Mapping[tuple[str, str], tuple[float, float]], counters: Mapping[tuple[str, str], float] | None = None
) -> float:
    """Of the worst sign of that name; `figures` before and since, `counters` rise per second since."""
    series = {key: Series(SECONDS, np.where(SECONDS < 30, before, since)) for key, (before, since) in figures.items()}
    series |= {key: Series(SECONDS, np.maximum(SECONDS - 29, 0) * rate) for key, rate in (counters or {}).items()}
    window = Window(STACK, datetime.fromtimestamp(39, UTC), series)
    found = observe(Halves(window, (0.0, 29.0), (30.0, 39.0), 30.0)).worst(name)
    assert found is not None
    return found.degree


def application(held: float, queue: float) -> dict[tuple[str, str], tuple[float, float]]:
    return {(name, metric): (1.0 if metric == "in_flight" else 0.0, value)
            for name in ("a", "b") for metric, value in (("in_flight", held), ("queue", queue))} | {
        (name, "slots"): (4.0, 4.0) for name in ("a", "b")
    }  # fmt: skip


def test_connections_given_back_for_good_are_a_smaller_pool() -> None:
    assert degree("connections fell", {("main", "connections"): (45.0, 8.0)}) > 0.9
    assert degree("connections fell", {("main", "connections"): (45.0, 42.0)}) < 0.2
    assert degree("connections fell", {("main", "connections"): (45.0, 80.0)}) < 0.2


def test_requests_that_wait_beside_free_slots_wait_for_something_else() -> None:
    assert degree("waits with free slots", application(held=1.0, queue=20.0)) > 0.9
    assert degree("waits with free slots", application(held=4.0, queue=20.0)) < 0.1
    assert degree("waits with free slots", application(held=1.0, queue=0.0)) < 0.1


def test_an_open_breaker_before_idle_applications_refuses() -> None:
    refused = {("web", "connections_refused_total"): 50.0}
    open_ = {("web", "connections_breaker_open"): (0.0, 1.0)}
    assert degree("pool refuses", application(1.0, 0.0) | open_, refused) > 0.9
    assert degree("pool refuses", application(4.0, 20.0) | open_, refused) < 0.3, "full applications are the narrow place"


def test_no_server_left_to_try_is_a_limit_only_where_none_fails() -> None:
    unserved, up = {("web", "unserved_total"): 50.0}, {("web/a", "up"): (1.0, 1.0), ("web/b", "up"): (1.0, 1.0)}
    assert degree("pool refuses", application(1.0, 0.0) | up, unserved) > 0.9
    assert (
        degree(
            "pool refuses",
            application(1.0, 0.0) | up,
            unserved | {("web/a", "response_errors_total"): 5.0, ("web", "requests_refused_total"): 0.0},
        )
        < 0.1
    )


def test_a_limit_of_the_whole_pool_that_fell_is_seen() -> None:
    assert degree("pool limit lowered", {("web", "connection_limit"): (436.0, 4.0)}) > 0.9
    assert degree("pool limit lowered", {("web", "connection_limit"): (436.0, 436.0)}) < 0.1


@pytest.mark.parametrize(("probe", "least", "most"), [(50.0, 0.8, 1.0), (450.0, 0.0, 0.2)])
def test_clients_elsewhere_that_are_well_speak_of_the_way_between(probe: float, least: float, most: float) -> None:
    figures = {("client", "p50_ms"): (50.0, 450.0), ("probe", "p50_ms"): (50.0, probe)}
    figures |= {(name, "success_ratio"): (1.0, 1.0) for name in ("client", "probe")}
    assert least <= degree("clients disagree", figures) <= most


def test_a_server_that_errs_and_is_silent_is_gone() -> None:
    figures = {("b", "in_flight"): (1.0, 1.0)}
    series = {key: Series(SECONDS, np.where(SECONDS < 30, *pair)) for key, pair in figures.items()}
    series[("a", "in_flight")] = Series(SECONDS[:30], np.ones(30))
    series |= {("web/a", metric): Series(SECONDS, np.maximum(SECONDS - 29, 0) * 10) for metric in ("requests_total", "responses_5xx_total")}
    series[("lb→a", "ping_ms")] = Series(SECONDS, np.ones(40))
    window = Window(STACK, datetime.fromtimestamp(39, UTC), series)
    observation = observe(Halves(window, (0.0, 29.0), (30.0, 39.0), 30.0))
    found = observation.sign("silent and erring", "web/a")
    assert found is not None
    assert found.degree > 0.9
