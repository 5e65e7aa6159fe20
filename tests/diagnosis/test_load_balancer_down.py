"""A load balancer that is gone is not mistaken for a service that is well, nor a file's weight for one that runs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from stack_arithmetic import HEALTHY, STORIES, Conditions, Story

from poise.diagnosis.engine import diagnose
from poise.diagnosis.observe import halves, observe
from poise.faults import plan_for
from poise.model.control import ControlSocket
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.location import Location
from poise.model.sample import Series, Stack, Window

GONE = replace(HEALTHY, gone=True)
SOCKET = ControlSocket("/run/haproxy/admin.sock", "admin", Location("haproxy.cfg", 1, 1))
REFUSED = CouldNot(SOCKET.address, "connection refused: nothing listens there (a stopped HAProxy leaves its socket file behind)")
DENIED = CouldNot(SOCKET.address, "permission denied: run as a member of the socket's group")


def dead_from_the_beginning(conditions: Conditions = GONE, could_not: Sequence[CouldNot] = (REFUSED,), seconds: int = 12) -> Window:
    window = Story().run(seconds, conditions).window()
    topologies = tuple(replace(t, control_sockets=(SOCKET,)) for t in window.topologies)
    return replace(window, topologies=topologies, could_not=tuple(could_not))


def signs(window: Window, name: str) -> dict[str, float]:
    return {s.component: s.degree for s in observe(halves(window)).signs.get(name, {}).values()}


def rank_of_none(diagnosis: Diagnosis) -> int:
    return next(h.rank for h in diagnosis.hypotheses if h.fault == "none")


def test_a_socket_that_refuses_from_the_beginning_and_clients_at_nothing() -> None:
    diagnosis = diagnose(dead_from_the_beginning())
    assert (diagnosis.verdict, diagnosis.best.fault, diagnosis.best.component) == ("fault", "load-balancer-down", "load-balancer lb1")
    assert rank_of_none(diagnosis) > 1


def test_a_file_with_weights_of_one_and_three_is_no_running_weight() -> None:
    window = dead_from_the_beginning(replace(GONE, weights=(1, 3, 3, 3)))
    assert signs(window, "weights") == {}
    assert set(signs(window, "file weights")) == {"web"}
    diagnosis = diagnose(window)
    assert diagnosis.best.fault == "load-balancer-down"
    uneven = next(h for h in diagnosis.hypotheses if h.fault == "uneven-weights")
    assert uneven.probability < 0.05
    assert sum(e.bits for e in uneven.evidence if "weight in the file" in e.observable) < 2


def test_nothing_but_a_file_decides_nothing() -> None:
    window = dead_from_the_beginning(replace(GONE, weights=(1, 3, 3, 3)))
    bare = replace(window, series={}, stack=Stack(tuple(c for c in window.stack.components if c.kind in {"pool", "server"})))
    assert diagnose(replace(bare, could_not=())).verdict == "undetermined"


@pytest.mark.parametrize("kept", ["application", "database", "hop"])
def test_without_load_balancer_and_clients_nobody_knows_that_all_is_well(kept: str) -> None:
    window = Story().run(30, HEALTHY).window()
    names = {c.name for c in window.stack.components if c.kind == kept}
    assert diagnose(replace(window, series={k: s for k, s in window.series.items() if k[0] in names})).verdict == "undetermined"


def test_poise_that_may_not_read_the_socket_blames_itself() -> None:
    window = dead_from_the_beginning(HEALTHY, (DENIED,))
    series = {k: s for k, s in window.series.items() if k[0].split("/")[0] not in {"lb1", "http", "web"}}
    denied = replace(window, series=series)
    assert signs(denied, "load balancer silent") == {}
    assert diagnose(denied).best.fault == "none"


def test_poise_held_up_is_no_silent_load_balancer() -> None:
    window = Story().run(40, HEALTHY).window()
    held = {k: replace(s, seconds=s.seconds + 15 * (s.seconds > s.seconds[20])) for k, s in window.series.items()}
    now = max(float(s.seconds[-1]) for s in held.values())
    window = replace(window, series=held, now=type(window.now).fromtimestamp(now, window.now.tzinfo))
    assert max(signs(window, "load balancer silent").values()) < 0.1


def test_a_load_balancer_that_came_back_is_told_as_what_it_was() -> None:
    diagnosis = diagnose(Story().run(40, HEALTHY).run(15, GONE).run(30, HEALTHY).window())
    assert diagnosis.best.fault == "load-balancer-down"


def test_a_pool_that_the_checks_removed_is_not_taken_for_it() -> None:
    down = diagnose(Story().run(30, HEALTHY).run(8, STORIES["wrong check"][2]).window())
    gone = next(h for h in down.hypotheses if h.fault == "load-balancer-down")
    assert gone.probability < 0.01


@pytest.mark.parametrize("name", [n for n in STORIES if n != "load balancer gone"])
def test_nobody_is_told_that_all_is_well_where_clients_get_nothing(name: str) -> None:
    conditions = replace(STORIES[name][2], client_success=0.0)
    for story in (Story().run(30, HEALTHY).run(8, conditions), Story().run(30, conditions)):
        diagnosis = diagnose(story.window())
        # Where the servers answer as ever, the clients may be wrong: that cannot be told.
        assert rank_of_none(diagnosis) > 1 or diagnosis.verdict == "undetermined"


def test_the_plan_names_the_command() -> None:
    window = dead_from_the_beginning()
    plan = plan_for(diagnose(window).best, window)
    assert plan.steps == ()
    assert "systemctl start haproxy" in plan.advice
    assert "haproxy -c -f haproxy.cfg" in plan.advice


def test_a_load_balancer_that_hangs_refuses_nobody_and_is_found_all_the_same() -> None:
    # The kernel accepts for a stopped process until the backlog is full: clients wait, none is refused.
    window = Story().run(30, HEALTHY).run(10, GONE).window()
    refused = window.series["client", "connection_errors_total"]
    series = {**window.series, ("client", "connection_errors_total"): replace(refused, values=refused.values * 0)}
    diagnosis = diagnose(replace(window, series=series))
    assert (diagnosis.verdict, diagnosis.best.fault) == ("fault", "load-balancer-down")


@pytest.mark.parametrize("kept", ["application", "hop"])
def test_it_is_found_where_only_clients_and_one_more_kind_are_watched(kept: str) -> None:
    window = Story().run(30, HEALTHY).run(10, GONE).window()
    names = {c.name for c in window.stack.components if c.kind in {kept, "client", "pool", "server", "listener"}}
    diagnosis = diagnose(replace(window, series={k: s for k, s in window.series.items() if k[0] in names}))
    assert diagnosis.best.fault == "load-balancer-down"


def test_a_load_balancer_that_is_asked_every_ten_seconds_is_not_silent() -> None:
    window = Story().run(60, HEALTHY).window()
    told = {c.name for kind in ("load-balancer", "listener", "pool", "server") for c in window.stack.of_kind(kind)}
    seldom = {k: Series(s.seconds[::10], s.values[::10]) if k[0] in told else s for k, s in window.series.items()}
    seldom["lb1", "interval_seconds"] = Series(window.get("client", "success_ratio").seconds[::10], np.full(6, 10.0))
    found = diagnose(replace(window, series=seldom))
    assert found.best.fault == "none" and found.verdict != "fault"
    assert max(signs(replace(window, series=seldom), "load balancer silent").values()) < 0.05
