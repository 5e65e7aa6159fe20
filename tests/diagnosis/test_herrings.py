"""What is laid into recordings to mislead: only what it says, and nothing of the recording's own is lost."""

from datetime import UTC, datetime, timedelta

import numpy as np
from benchmarks.diagnose_table.herrings import HERRINGS, POOL_ERRORS_PER_SECOND
from benchmarks.diagnose_table.noise import noisy
from benchmarks.diagnose_table.removed import remains

from poise.model.sample import Component, Series, Stack, Window
from poise.traffic.recorded_lines import haproxy

NOW = datetime(2026, 11, 27, 12, 0, 30, tzinfo=UTC)
ONSET = NOW - timedelta(seconds=10)
CLOCK = NOW.timestamp() + np.arange(-30.0, 1.0)
STACK = Stack(
    (
        Component("client", "client"),
        Component("probe", "client"),
        Component("app1", "application"),
        Component("app2", "application"),
        Component("main", "database"),
    ),
    (("app1", "main"), ("app2", "main")),
)


def window() -> Window:
    def level(value: float) -> Series:
        return Series(CLOCK, np.full(len(CLOCK), value))

    series = {
        ("client", "requests_per_second"): level(80.0),
        ("client", "success_ratio"): level(1.0),
        ("probe", "success_ratio"): level(1.0),
        ("app1", "in_flight"): level(1.0),
        ("app2", "in_flight"): level(3.0),
        ("app1", "database_errors_total"): level(0.0),
        ("app2", "database_errors_total"): level(7.0),
    }
    return Window(now=NOW, stack=STACK, series=series)


def test_the_prober_alone_is_broken_and_only_since_the_onset() -> None:
    laid = HERRINGS["broken-prober"](window(), ONSET)
    assert laid.get("probe", "success_ratio").values.tolist() == [1.0] * 20 + [0.0] * 11
    assert set(laid.get("client", "success_ratio").values.tolist()) == {1.0}


def test_pool_errors_are_the_fullest_applications_and_the_alert_names_the_database() -> None:
    laid = HERRINGS["pool-errors"](window(), ONSET)
    assert laid.get("app2", "database_errors_total").values[-1] == 7.0 + 10 * POOL_ERRORS_PER_SECOND
    assert laid.get("app2", "database_errors_total").values[20] == 7.0
    assert set(laid.get("app1", "database_errors_total").values.tolist()) == {0.0}
    assert [(event.kind, event.component) for event in laid.events] == [("alert", "database main")]


def test_noise_leaves_a_logs_own_lines_and_adds_requests_that_reach_no_server() -> None:
    line = b'127.0.0.1:49040 [27/Nov/2026:16:58:15.275] http api/app4 0/0/0/50/50 200 74 - - ---- 218/218/204/0/0 0/0 "GET / HTTP/1.1"'
    lines = noisy(line + b"\n").splitlines()
    assert lines[0] == line
    assert len(lines) == 3
    told = haproxy(lines[1])
    assert told is not None
    assert [(request.server, request.status) for request in told] == [(None, 400)]
    assert haproxy(lines[2]) is None


def test_noise_among_the_requests_of_nginx_is_answered_with_404() -> None:
    line = b'127.0.0.1 [2026-11-27T16:58:30+00:00] "GET / HTTP/1.1" 200 0.319 "http" "web" "127.0.0.1:10443" "200" "0.319" "0.000" "0.319"'
    assert noisy(line).splitlines()[1] == line.replace(b'GET / HTTP/1.1" 200', b'GET /wp-login.php HTTP/1.1" 404')


def test_what_decides_is_gone_with_its_kind_and_stays_with_others() -> None:
    assert not remains("database-slow", ["database"])
    assert not remains("database-slow", ["client", "database:statement_ms"])
    assert remains("database-slow", ["database:lock_waits", "hop"])
    assert not remains("surge+network-loss", ["hop:ping_ms"])
