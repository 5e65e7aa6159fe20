"""The five figures, against arithmetic done by hand."""

from datetime import timedelta

import pytest
from drill_parts import BEGAN, Play

from poise.drills.damage import damage
from poise.drills.debrief import debrief
from poise.drills.events import Second, Seen
from poise.drills.scenarios.d01_one_server_does_all import SCENARIO
from poise.drills.scoring import Prevention, score

WHY = "show stat says 87 % for one"
NONE = Prevention(None, ())


def steady(rate: float, failing: float, count: int) -> list[Second]:
    return [Second(BEGAN + timedelta(seconds=n), n * rate, n * rate * failing) for n in range(count + 1)]


def test_who_does_nothing_has_a_ratio_of_one() -> None:
    seconds = steady(50, 0.5, 100)
    made = damage(seconds, BEGAN, BEGAN + timedelta(seconds=10), None, seconds[-1].at)
    assert made is not None
    # 25 failures a second: 100 s of them; the oracle has 10 s until the page and 20 s after it.
    assert (made.failed, made.nothing, made.oracle, made.ratio) == pytest.approx((2500, 2500, 750, 1.0))


def test_who_repairs_at_once_is_near_the_oracle() -> None:
    bad = steady(50, 0.5, 40)
    last = bad[-1]
    good = [Second(last.at + timedelta(seconds=n), last.requests + 50 * n, last.failures) for n in range(1, 61)]
    made = damage([*bad, *good], BEGAN, BEGAN + timedelta(seconds=10), BEGAN + timedelta(seconds=40), good[-1].at)
    assert made is not None
    # 1000 failed of 2500 that would have; the oracle 750: (1000 - 750) / (2500 - 750).
    assert made.ratio == pytest.approx(250 / 1750)
    assert made.basis == "projected"


def test_a_measured_run_takes_the_place_of_the_projection() -> None:
    made = damage(steady(50, 0.5, 100), BEGAN, BEGAN, None, BEGAN + timedelta(seconds=100), measured=50.0)
    assert made is not None
    assert (made.nothing, made.basis) == (5000, "measured")


def test_without_harm_there_is_no_ratio() -> None:
    made = damage(steady(50, 0.0, 60), BEGAN, BEGAN, None, BEGAN + timedelta(seconds=60))
    assert made is not None
    assert made.ratio is None


def test_hypotheses_are_timed_from_the_page_and_guesses_counted() -> None:
    play = Play().paged()
    play.seconds_of(10, failing=0.5)
    play.ask("say", hypothesis="db/pool", because=WHY)
    play.seconds_of(20, failing=0.5)
    play.ask("say", hypothesis="lb/timeout", because=WHY)
    play.seconds_of(5, failing=0.5)
    play.ask("say", hypothesis="lb/uneven weights", because=WHY)
    play.ask("abort")
    made = score(play.state, play.seconds, NONE)
    paged = play.state.paged
    assert paged is not None
    since = (play.now - paged).total_seconds()
    assert (made.right_seconds, made.layer_seconds, made.guesses) == (since, since - 5, 2)


def test_without_evidence_there_is_no_credit() -> None:
    play = Play().paged()
    for layer in ("lb", "app", "db", "net"):
        play.ask("say", hypothesis=f"{layer}/weights", because="yes")
    assert score(play.state, play.seconds, NONE).right_seconds is None


def test_only_what_was_done_to_another_layer_is_a_wrong_turn_and_once() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="db/pool", because=WHY)
    play.ask("act", what="restart", target="database")
    play.seconds_of(2, failing=0.5)
    play.hear(Seen(play.now, "database", "database main", "the database was restarted"))
    play.hear(Seen(play.now, "load-balancer", "pool web", "haproxy.cfg was changed"))
    turns = score(play.state, play.seconds, NONE).wrong_turns
    assert [line.text for line in turns] == ["restarted database"]


def test_the_debrief_asks_about_each_wrong_turn_with_what_was_written_then() -> None:
    play = Play().paged()
    play.ask("say", hypothesis="db/pool", because="srv1 cannot get a connection")
    play.ask("act", what="restart", target="database")
    play.seconds_of(30, failing=0.5)
    play.ask("say", hypothesis="lb/weights", because="show stat: 87 % go to one")
    play.ask("abort")
    made = debrief(SCENARIO, play.state, score(play.state, play.seconds, NONE), play.seconds, [(play.now, "cat haproxy.cfg")])
    (question,) = made.questions
    assert question.startswith("restarted database")
    assert "srv1 cannot get a connection" in question
    seen = {look.clue.name: look.looked_seconds for look in made.looks}
    assert seen["share"] == seen["file"] == (play.now - play.state.paged).total_seconds()
    assert seen["bypass"] is None
