"""Backups, panic, flapping, discovery and answers that fail: series that must and must not be called bad."""

from dataclasses import replace

from series_as_data import EVEN, HERE, NOW, all_of, counter, pool, states, topology, window

from poise.detectors import answers_failing, backups_only, discovery_stale, health_flapping, panic, source_gone, unseen_failures
from poise.model.alert import Verdict
from poise.model.needs import Objectives, PoolNeeds
from poise.model.topology import Server, Topology

FOUR = ("app1", "app2", "app3", "app4")
PROMISED = PoolNeeds(objectives=Objectives(availability=0.999))


def with_spares(count: int = 1) -> Topology:
    """Four active servers and as many backups."""
    of = topology()
    spares = tuple(Server(f"spare{i}", f"127.0.0.1:{9100 + i}", "backup", 1, HERE, backup=True) for i in range(1, count + 1))
    return replace(of, pools=(replace(of.pools[0], servers=(*of.pools[0].servers, *spares)),))


def up(states_: dict[str, str]) -> dict[str, dict[str, str]]:
    return {f"web/{name}": {"up": text, "maintenance": "0x20", "drain": "0x20"} for name, text in states_.items()}


def bad(answers: object) -> list[Verdict]:
    return [v for v in all_of(answers) if v.state == "bad"]  # type: ignore[arg-type]


def test_backups_that_are_up_do_not_count_as_servers() -> None:
    gone = dict.fromkeys(FOUR, "1x10 0x10")
    (verdict,) = bad(backups_only.judge(window(up({**gone, "spare1": "1x20"}), of=with_spares()), NOW))
    assert verdict.component == "pool web" and "its last backup only: spare1" in verdict.summary
    (verdict,) = bad(backups_only.judge(window(up({**gone, "spare1": "1x20", "spare2": "1x20"}), of=with_spares(2)), NOW))
    assert "2 backups only: spare1, spare2" in verdict.summary


def test_one_active_server_or_no_backup_is_not_living_on_backups() -> None:
    most = {**dict.fromkeys(FOUR, "1x10 0x10"), "app3": "1x20", "spare1": "1x20"}
    assert states(backups_only.judge(window(up(most), of=with_spares()), NOW)) == {"pool web": "ok"}
    none = dict.fromkeys((*FOUR, "spare1"), "1x10 0x10")
    assert states(backups_only.judge(window(up(none), of=with_spares()), NOW)) == {"pool web": "ok"}
    assert states(backups_only.judge(window(up(dict.fromkeys(FOUR, "0x20"))), NOW)) == {}


def test_a_lower_priority_that_serves_alone_is_living_on_backups() -> None:
    (verdict,) = bad(backups_only.judge(window({"web": {"first_priority_ratio": "1x10 0.7x5 0x5"}}), NOW))
    assert verdict.component == "pool web" and "lower priorities only" in verdict.summary
    assert states(backups_only.judge(window({"web": {"first_priority_ratio": "1x10 0.7x5"}}), NOW)) == {"pool web": "ok"}


def test_choices_in_panic_page() -> None:
    data = {
        "web": {"panic_total": counter((0, 10), (80, 10)), "requests_total": counter((80, 20)), "servers_up": "1x20", "servers": "4x20"}
    }
    (verdict,) = bad(panic.judge(window(data), NOW))
    assert verdict.page and "1 of 4 servers are healthy" in verdict.summary
    data["web"]["panic_total"] = counter((0, 20))
    assert states(panic.judge(window(data), NOW)) == {"pool web": "ok"}
    # Nobody counts panic for HAProxy: there is nothing to say.
    assert states(panic.judge(window(pool(dict.fromkeys(FOUR, ((20.0, 20),)))), NOW)) == {}


def test_twice_down_and_up_is_flapping_and_a_restart_is_not() -> None:
    flaps, restart = "1x200 0x20 1x100 0x20 1x30", "1x200 0x20 1x150"
    data = up({"app1": flaps, "app2": restart})
    found = states(health_flapping.judge(window(data), NOW))
    assert found["server web/app1"] == "bad" and found["server web/app2"] == "ok"
    # It has stood for two minutes.
    still = up({"app1": f"{flaps} 1x121"})
    assert states(health_flapping.judge(window(still), NOW))["server web/app1"] == "ok"


def test_refused_updates_are_stale_until_one_is_taken() -> None:
    def updates(refused: str, taken: str) -> dict[str, dict[str, str]]:
        return {"web": {"discovery_rejected_total": refused, "discovery_updates_total": taken, "discovery_failures_total": "0x700"}}

    refused = updates("0x660 1x40", "5x700")
    (verdict,) = bad(discovery_stale.judge(window(refused), NOW))
    assert "1 updates of its servers were refused" in verdict.summary
    assert states(discovery_stale.judge(window(updates("0x660 1x40", "5x680 6x20")), NOW)) == {"pool web": "ok"}
    assert states(discovery_stale.judge(window(updates("0x700", "5x700")), NOW)) == {"pool web": "ok"}
    gone = {"lb1": {"control_plane_connected": "1x10 0x10"}}
    assert states(discovery_stale.judge(window(gone), NOW)) == {"load-balancer lb1": "bad"}


def answers(fail: str, seconds: int = 60) -> dict[str, dict[str, str]]:
    return {"web": {"requests_total": counter((80, seconds)), "responses_5xx_total": fail}}


def test_errors_that_the_load_balancer_counts_page_where_a_promise_is_declared() -> None:
    failing = answers(counter((0, 50), (40, 10)))
    (verdict,) = bad(answers_failing.judge(window(failing, PROMISED), NOW))
    assert verdict.page and verdict.severity == "error" and verdict.summary.startswith("50.0%")
    (undeclared,) = bad(answers_failing.judge(window(failing, PoolNeeds()), NOW))
    assert not undeclared.page
    # Where clients are watched they are the ones to say so.
    (beside,) = bad(answers_failing.judge(window({**failing, "client": {"success_ratio": "1x60"}}, PROMISED), NOW))
    assert not beside.page


def test_no_more_than_all_answers_are_errors_where_requests_that_came_before_end_now() -> None:
    (verdict,) = bad(answers_failing.judge(window(answers(counter((0, 50), (90, 10))), PROMISED), NOW))
    assert verdict.summary.startswith("100.0%") and verdict.figures["failed_ratio"] == 1.0


def test_a_few_errors_and_an_old_burst_do_not() -> None:
    assert states(answers_failing.judge(window(answers(counter((0, 58), (2, 2))), PROMISED), NOW)) == {"pool web": "ok"}
    assert states(answers_failing.judge(window(answers(counter((0, 40), (20, 10), (0, 10))), PROMISED), NOW)) == {"pool web": "ok"}


def test_a_slow_loss_is_told_without_waking_anybody() -> None:
    # 0.4 % of the answers for twenty minutes: the month's budget in a week.
    (verdict,) = bad(answers_failing.judge(window(answers(counter((0.32, 1200)), 1200), PROMISED), NOW))
    assert not verdict.page and verdict.severity == "warning"
    assert states(answers_failing.judge(window(answers(counter((0.16, 1200)), 1200), PROMISED), NOW)) == {"pool web": "ok"}


def test_errors_are_summed_over_servers_where_the_pool_counts_none() -> None:
    data = pool(dict.fromkeys(FOUR, ((20.0, 60),)), app1={"responses_5xx_total": counter((0, 50), (20, 10))})
    for name in FOUR[1:]:
        data[f"web/{name}"]["responses_5xx_total"] = "0x60"
    (verdict,) = bad(answers_failing.judge(window(data, PROMISED), NOW))
    assert verdict.summary.startswith("25.0%")


def test_clients_that_fail_while_the_load_balancer_counts_nothing() -> None:
    clients = {"client": {"requests_per_second": "80x60", "success_ratio": "1x45 0.67x15"}}
    clean = {"http": {"requests_total": counter((54, 60)), "responses_5xx_total": "0x60"}}
    (verdict,) = bad(unseen_failures.judge(window({**clients, **clean}, EVEN), NOW))
    assert "the load balancer counts 0.0%" in verdict.summary and not verdict.page
    counted = {"http": {"requests_total": counter((80, 60)), "responses_5xx_total": counter((0, 45), (26, 15))}}
    assert states(unseen_failures.judge(window({**clients, **counted}, EVEN), NOW)) == {"client": "ok"}
    # Nothing tells what the load balancer counts.
    assert states(unseen_failures.judge(window(clients, EVEN), NOW)) == {}
    well = {"client": {"requests_per_second": "80x60", "success_ratio": "1x60"}}
    assert states(unseen_failures.judge(window({**well, **clean}, EVEN), NOW)) == {"client": "ok"}


def test_a_load_balancer_that_tells_nothing_any_more_wakes_somebody_unless_clients_are_watched() -> None:
    gone = {"lb1": {"sessions": "5x60"}}
    (short,) = bad(source_gone.judge(window(gone, ago=12), NOW))
    assert not short.page and short.severity == "error"
    (verdict,) = bad(source_gone.judge(window(gone, ago=20), NOW))
    assert verdict.page and verdict.summary.startswith("no figures for 20 s") and verdict.faults == ("load-balancer-down",)
    beside = {"lb1": {"sessions": "5x60 _x20"}, "client": {"success_ratio": "1x80"}}
    (watched,) = bad(source_gone.judge(window(beside), NOW))
    assert not watched.page


def test_what_a_silent_load_balancer_measured_is_not_told_once_more_each() -> None:
    parts = {"web": {"queue": "0x60"}, "web/app1": {"up": "1x60"}, "http": {"sessions": "1x60"}}
    assert [v.component for v in bad(source_gone.judge(window({"lb1": {"sessions": "5x60"}} | parts, ago=20), NOW))] == [
        "load-balancer lb1"
    ]
    # While the load balancer answers, a part that it tells nothing of any more is news.
    beside = {"lb1": {"sessions": "5x80"}} | {name: {"up": "1x60 _x20"} for name in parts}
    assert {v.component for v in bad(source_gone.judge(window(beside), NOW))} == {"pool web", "server web/app1", "listener http"}
