"""Faults whose mark is one figure of their own: windows by arithmetic, and the same window without that mark."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from stack_arithmetic import HEALTHY, NEEDS, START, Conditions, Story

from poise.diagnosis.engine import diagnose
from poise.faults import plan_for
from poise.model.diagnosis import Diagnosis
from poise.model.location import Location
from poise.model.sample import Component, Event, Series, Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology

BEFORE, AFTER = 40, 12
Added = Mapping[tuple[str, str], Sequence[float]]


def seconds(count: int) -> np.ndarray:
    return np.array([(START + timedelta(seconds=s + 1)).timestamp() for s in range(count)])


def told_with(window: Window, added: Added, events: Sequence[Event] = ()) -> Window:
    count = len(next(iter(added.values())))
    more = {key: Series(seconds(count), np.array(values, dtype=float)) for key, values in added.items()}
    return replace(window, series={**window.series, **more}, events=tuple(events))


def first(diagnosis: Diagnosis) -> tuple[str, str]:
    return diagnosis.best.fault, diagnosis.verdict


def by_name(window: Window) -> Window:
    """The same stack whose servers are found by a name, as `server app1 app1.internal:80 resolvers dns` writes it."""
    (topology,) = window.topologies
    (pool,) = topology.pools
    servers = tuple(replace(s, address=f"{s.name}.internal:80", resolvers="dns") for s in pool.servers)
    return replace(window, topologies=(replace(topology, pools=(replace(pool, servers=servers),)),))


def test_a_wrong_answer_of_the_name_server() -> None:
    # All servers are DOWN after two checks, whose connections are refused; applications are alive and get nothing.
    struck = replace(HEALTHY, up=(0, 0, 0, 0), client_success=0.0)
    plain = Story().run(BEFORE, HEALTHY).run(AFTER, struck).window()
    refused = {(f"web/app{i}", "check_refused"): [0.0] * BEFORE + [1.0] * AFTER for i in range(1, 5)}
    moves = {(f"web/app{i}", "address_moves_total"): [0.0] * (BEFORE - 3) + [1.0] * (AFTER + 3) for i in range(1, 5)}
    diagnosis = diagnose(told_with(by_name(plain), {**refused, **moves}))
    assert first(diagnosis) == ("dns-answer-wrong", "fault")
    assert diagnosis.best.layer == "network"
    assert "getent ahosts app1.internal" in plan_for(diagnosis.best, by_name(plain)).advice
    # What stands in a file is no command's part.
    odd = by_name(plain)
    pool = odd.topologies[0].pools[0]
    first_one = replace(pool.servers[0], address="$(id) x:80")
    odd = replace(odd, topologies=(replace(odd.topologies[0], pools=(replace(pool, servers=(first_one, *pool.servers[1:])),)),))
    assert "getent ahosts '$(id) x'" in plan_for(diagnosis.best, odd).advice
    # Recordings of before the running addresses were followed: the names in the file and the refused checks must do.
    assert diagnose(told_with(by_name(plain), refused)).best.fault == "dns-answer-wrong"
    # The same where servers are written as addresses is nobody's name.
    assert "dns-answer-wrong" not in {h.fault for h in diagnose(told_with(plain, refused)).hypotheses}


def test_names_that_move_without_harm_are_no_fault() -> None:
    plain = by_name(Story().run(BEFORE + AFTER, HEALTHY).window())
    moves = {(f"web/app{i}", "address_moves_total"): [0.0] * BEFORE + [1.0] * AFTER for i in range(1, 5)}
    assert first(diagnose(told_with(plain, moves))) == ("none", "none")


def test_one_of_four_left_in_drain() -> None:
    window = Story().run(BEFORE, HEALTHY).run(AFTER, replace(HEALTHY, maintenance=(0, 0, 1, 0))).window()
    diagnosis = diagnose(window)
    assert first(diagnosis) == ("server-left-in-drain", "fault")
    assert [s.command for s in plan_for(diagnosis.best, window).steps] == ["set server web/app3 state ready"]


def reloaded(at: Sequence[int], failing: Conditions, lasting: int = 3, rest: int = 15) -> Window:
    """A window in which the process is replaced at these seconds and clients fail for some seconds from then on."""
    story, pids = Story(), []
    for place in at:
        story.run(place - story.second, HEALTHY).run(lasting, failing)
    story.run(rest, HEALTHY)
    for second in range(1, story.second + 1):
        pids.append(1000.0 + sum(second > place for place in at))
    return told_with(story.window(), {("lb1", "pid"): pids})


def test_a_reload_that_cuts_connections() -> None:
    window = reloaded([40], replace(HEALTHY, client_success=0.6))
    diagnosis = diagnose(window)
    assert first(diagnosis) == ("reload-cuts-connections", "fault")
    assert "expose-fd" in plan_for(diagnosis.best, window).advice


def test_a_reload_without_harm_is_no_fault() -> None:
    assert first(diagnose(reloaded([40], HEALTHY))) == ("none", "none")


def test_a_wrong_file_that_was_loaded_is_not_taken_for_its_reload() -> None:
    story = Story().run(BEFORE, HEALTHY).run(AFTER, replace(HEALTHY, weights=(256, 1, 1, 1)))
    window = told_with(story.window(), {("lb1", "pid"): [1.0] * BEFORE + [2.0] * AFTER})
    assert diagnose(window).best.fault == "uneven-weights"


def test_reloads_so_frequent_that_the_first_server_gets_more() -> None:
    # Every 5 s the rotation begins anew; each of 40 requests/s … the first of four gets 40 % instead of 25 %, by equal weights.
    story = Story().run(BEFORE, HEALTHY).run(40, replace(HEALTHY, shares=(0.4, 0.2, 0.2, 0.2)))
    pids = [1.0] * BEFORE + [2.0 + second // 5 for second in range(40)]
    diagnosis = diagnose(told_with(story.window(), {("lb1", "pid"): pids}))
    assert first(diagnosis) == ("frequent-reloads", "fault")
    assert diagnose(story.window()).best.fault != "frequent-reloads"


def test_a_rollout_that_drains_nobody() -> None:
    # Servers are restarted in turn, each refuses for two seconds and counts from 0 again.
    story = Story().run(BEFORE, HEALTHY)
    for index in range(3):
        story.run(2, replace(HEALTHY, dead=index, client_success=0.85)).run(2, HEALTHY)
    window = story.window()
    series = dict(window.series)
    for index in range(3):
        key = (f"app{index + 1}", "requests_total")
        old = series[key]
        anew = BEFORE + 4 * index + 2
        series[key] = Series(old.seconds, np.where(np.arange(len(old.values)) < anew, old.values, old.values - old.values[anew - 1]))
    diagnosis = diagnose(replace(window, series=series))
    assert first(diagnosis) == ("restart-without-drain", "fault")
    assert diagnose(window).best.fault != "restart-without-drain"


def test_a_route_that_sends_requests_to_another_pool() -> None:
    place = Location("haproxy.cfg", 1, 1)
    servers = {pool: tuple(Server(f"{pool}{i}", f"127.0.0.1:2{i}", "active", 1, place) for i in (1, 2)) for pool in ("api", "static")}
    pools = tuple(Pool(name, "haproxy", "http", Algorithm("roundrobin"), each, place) for name, each in servers.items())
    parts = [Component("lb1", "load-balancer"), Component("http", "listener"), Component("client", "client")]
    edges = [("client", "http"), ("lb1", "http")]
    series: dict[tuple[str, str], Series] = {}
    at = seconds(BEFORE + AFTER)
    after = np.arange(BEFORE + AFTER) >= BEFORE
    for name, each in servers.items():
        parts.append(Component(name, "pool"))
        edges += [("http", name), ("lb1", name)]
        for server in each:
            component = f"{name}/{server.name}"
            parts.append(Component(component, "server"))
            edges.append((name, component))
            # 20 a second to api and 10 to static; then api's requests go to static, which knows none of those paths (404).
            rate = np.where(after, 0.0 if name == "api" else 30.0, 20.0 if name == "api" else 10.0) / 2
            series[component, "requests_total"] = Series(at, np.cumsum(rate))
            series[component, "responses_5xx_total"] = Series(at, np.zeros(len(at)))
            series[component, "up"] = Series(at, np.ones(len(at)))
            series[component, "weight"] = Series(at, np.ones(len(at)))
    series["client", "success_ratio"] = Series(at, np.where(after, 1 / 3, 1.0))
    series["client", "requests_per_second"] = Series(at, np.full(len(at), 30.0))
    series["client", "p50_ms"] = Series(at, np.full(len(at), 40.0))
    topology = Topology("haproxy", "haproxy.cfg", pools=pools)
    now = START + timedelta(seconds=BEFORE + AFTER)
    window = Window(Stack(tuple(parts), tuple(edges)), now, series, (), (topology,))
    diagnosis = diagnose(window)
    assert first(diagnosis) == ("wrong-route", "fault")
    assert diagnosis.best.component == "pool api"


@pytest.mark.parametrize("days", [-0.2, 20.0])
def test_the_certificate_that_clients_get_has_ended(days: float) -> None:
    # Who connects leaves at the handshake: nothing arrives, and nobody was refused.
    struck = replace(HEALTHY, rate=0.5, client_success=0.0)
    window = Story().run(BEFORE, HEALTHY).run(AFTER, struck).window()
    ends = {("http", "certificate_days"): [days + (BEFORE + AFTER - s) / 86_400 for s in range(1, BEFORE + AFTER + 1)]}
    diagnosis = diagnose(told_with(window, ends))
    assert (diagnosis.best.fault == "listener-certificate") is (days < 0)
    if days < 0:
        assert (diagnosis.best.component, diagnosis.best.layer) == ("listener http", "load-balancer")


@pytest.mark.parametrize("idle", [1.0, 60.0])
def test_a_load_balancer_without_processor_time(idle: float) -> None:
    window = Story().run(BEFORE, HEALTHY).run(AFTER, replace(HEALTHY, client_extra_ms=900)).window()
    figures = {("lb1", "idle_percent"): [70.0] * BEFORE + [idle] * AFTER}
    diagnosis = diagnose(told_with(window, figures))
    assert (diagnosis.best.fault == "load-balancer-busy") is (idle < 10)


def test_none_of_them_is_a_candidate_where_its_mark_is_missing() -> None:
    seldom = {
        "dns-answer-wrong", "server-left-in-drain", "reload-cuts-connections", "frequent-reloads", "restart-without-drain", "wrong-route",
        "listener-certificate", "load-balancer-busy",
    }  # fmt: skip
    diagnosis = diagnose(Story().run(BEFORE + AFTER, HEALTHY).window(needs=NEEDS))
    assert not seldom & {h.fault for h in diagnosis.hypotheses}


def test_haproxys_fullconn_is_no_limit_of_the_pool() -> None:
    # `show stat` has it as the backend's slim; HAProxy derives it from the listeners' maxconn, and it refuses nobody.
    window = Story().run(BEFORE + AFTER, HEALTHY).window()
    told = diagnose(told_with(window, {("web", "limit"): [150.0] * BEFORE + [2.0] * AFTER}))
    assert first(told) == ("none", "none")
    about = {"limit of web", "requests in flight at web, its limit 2", "slots of the applications behind web, against its limit 2"}
    assert not about & {e.observable for h in told.hypotheses for e in h.evidence}
