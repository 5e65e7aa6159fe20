"""The director as a dialogue: what comes in, what it wants done."""

from dataclasses import replace

import pytest
from drill_parts import PACE, Play, course

from poise.drills.checking import OTHER_LOAD
from poise.drills.events import Asked, Broke, Do, End, Inspect, Log, Page, Restart, Seen, Tell

WHY = "show stat says 87 % for one"


def told(effects: list[object]) -> Tell:
    (tell,) = [each for each in effects if isinstance(each, Tell)]
    return tell


def test_the_harm_begins_after_the_healthy_lead_and_the_pager_rings_with_the_clients_figures() -> None:
    play = Play()
    assert play.seconds_of(4) == []
    assert play.seconds_of(1) == [Do(play.state.course.inject)]
    assert play.seconds_of(4, failing=0.5) == []
    (page,) = play.seconds_of(1, failing=0.5)
    assert isinstance(page, Page)
    assert "Success of clients 50%, p50 100 ms, p99 200 ms" in page.text


def test_changes_that_come_later_are_logged_after_the_page() -> None:
    play = Play().paged()
    later = [change for change in play.state.course.changes if change.later]
    assert later
    logged = [each for each in play.seconds_of(60, failing=0.5) if isinstance(each, Log)]
    assert [each.change for each in logged] == later


def test_a_repair_that_holds_over_a_restart_is_durable_and_ends_the_drill() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    assert play.ask("check")[0] == Inspect()
    # Three seconds of grace may still be bad: what was sent before the repair ends in them.
    play.seconds_of(3, failing=0.5)
    assert Restart() in play.seconds_of(10)
    play.restarted()
    play.seconds_of(3, failing=0.5)
    assert End() in play.seconds_of(5)
    assert (play.state.quality, play.state.ended) == ("durable", True)
    assert play.seconds_of(5) == []


def test_a_repair_that_a_restart_undoes_is_runtime_only() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.seconds_of(3 + 10)
    play.restarted()
    play.seconds_of(8, failing=0.5)
    assert (play.state.quality, play.state.phase) == ("runtime only", "running")


def test_a_file_that_the_load_balancer_refuses_is_runtime_only() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.seconds_of(3 + 10)
    play.restarted("unknown keyword 'weigth'")
    assert play.state.quality == "runtime only"
    assert "weigth" in play.state.of("verdict")[-1].text


def test_doing_nothing_fails() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="db/pool", because="the log says so")
    play.ask("check")
    play.seconds_of(20, failing=0.5)
    assert (play.state.quality, play.state.phase) == ("none", "running")


def test_clients_that_are_not_sent_count_for_nobody() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.seconds_of(20, rate=0.0)
    assert (play.state.quality, play.state.traps) == ("none", (OTHER_LOAD,))


def test_what_fails_while_the_machine_gives_the_stack_no_time_is_not_the_trainees() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.seconds_of(5)
    play.hear(replace(play.seconds[-1], late=2.5))
    play.seconds_of(10, failing=0.5)
    assert (play.state.phase, play.state.quality, play.state.of("verdict")) == ("running", "none", ())
    assert "2.5 s late" in play.state.of("engine")[0].text


def test_a_trap_makes_a_workaround_and_the_drill_goes_on() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.hear(Seen(play.now, None, "pool web", "3 servers are left", "too few servers"))
    play.seconds_of(3 + 10)
    play.restarted()
    play.seconds_of(3 + 5)
    assert (play.state.quality, play.state.phase, play.state.traps) == ("workaround", "running", ("too few servers",))
    assert play.ask("check")[0] == Inspect()
    assert play.state.traps == ()


@pytest.mark.parametrize(("failed", "passes"), [(0.004, True), (0.006, False)])
def test_the_limit_is_half_a_percent(failed: float, passes: bool) -> None:
    play = Play().paged()
    play.ask("say", hypothesis="lb/weights", because=WHY)
    play.ask("check")
    play.seconds_of(3)
    assert (Restart() in play.seconds_of(10, failing=failed)) is passes


def test_where_nothing_is_wrong_only_who_says_so_and_leaves_it_alone_has_solved_it() -> None:
    def checked(said: str, touched: bool) -> str:
        play = Play(course("D20")).paged()
        if touched:
            play.hear(Seen(play.now, "load-balancer", "pool web", "haproxy.cfg was changed"))
        play.ask("say", hypothesis=said, because="no client felt anything")
        play.ask("check")
        play.seconds_of(3 + 10)
        play.restarted()
        play.seconds_of(3 + 5)
        return play.state.quality

    assert checked("none/noise", touched=False) == "durable"
    assert checked("none/noise", touched=True) == "workaround"
    assert checked("lb/weights", touched=False) == "none"


def test_a_trigger_that_comes_back_does_so_after_the_restart_and_clients_are_measured_later() -> None:
    play = Play(course("D10")).paged()
    play.ask("say", hypothesis="lb/retries", because="three attempts for a request")
    play.ask("check")
    play.seconds_of(int(play.state.course.linger), failing=0.9)
    play.seconds_of(3 + 10)
    assert Do(play.state.course.again) in play.restarted()
    play.seconds_of(int(play.state.course.settle) + 2, failing=0.9)
    assert play.state.phase == "holding again"
    play.seconds_of(8)
    assert play.state.quality == "durable"


def test_nothing_is_checked_without_a_hypothesis_or_before_the_page() -> None:
    play = Play()
    play.seconds_of(2)
    assert told(play.ask("check")).code == 1
    play.paged()
    assert "say first" in told(play.ask("check")).text


def test_hints_come_in_order_and_run_out() -> None:
    play = Play().paged()
    hints = play.state.course.hints
    said = [told(play.ask("hint")) for _ in range(len(hints) + 1)]
    assert [hint in tell.text for hint, tell in zip(hints, said, strict=False)] == [True] * len(hints)
    assert said[-1].code == 1
    assert play.state.hints == len(hints)


def test_acts_are_done_and_noted_with_their_layer() -> None:
    play = Play().paged()
    (do,) = [each for each in play.ask("act", what="restart", target="database") if isinstance(each, Do)]
    assert (do.by, do.acts[0].target) == ("trainee", "database")
    play.ask("act", what="escalate", target="network")
    assert [line.data["layer"] for line in play.state.of("act")] == ["database", "network"]
    assert told(play.ask("act", what="restart", target="toaster")).code == 2


@pytest.mark.parametrize("word", ["", "db", "toaster/locks"])
def test_a_hypothesis_without_layer_or_mechanism_is_refused(word: str) -> None:
    play = Play().paged()
    assert told(play.ask("say", hypothesis=word, because=WHY)).code == 2
    assert play.state.of("hypothesis") == ()


def test_answers_do_not_tell_what_is_right() -> None:
    play = Play().paged()
    right, wrong = (told(play.ask("say", hypothesis=said, because=WHY)) for said in ("lb/weights", "network/loss"))
    assert right == wrong


def test_abort_ends_at_any_moment_and_time_runs_out() -> None:
    play = Play()
    assert End() in play.ask("abort")
    late = Play().paged()
    assert End() in late.seconds_of(int(PACE.limit), failing=0.5)
    assert late.state.journal[-1].text == "the time of the drill is up"


def test_a_breakdown_of_the_drill_is_told_as_its_own() -> None:
    play = Play().paged()
    assert play.hear(Broke(play.now, "no port is free")) == [End()]
    assert play.state.of("engine")[0].text == "engine error: no port is free"
    assert play.hear(Asked(play.now, "check")) == []
