"""What is told after a drill, as text, JSON, page and incident."""

import hashlib
import json
from html.parser import HTMLParser

import jsonschema
from drill_parts import Play

from poise.app.drill_debrief import answer_text
from poise.drills.chain import commitment
from poise.drills.debrief import Debrief, debrief
from poise.drills.debrief_incident import events
from poise.drills.debrief_json import as_json
from poise.drills.debrief_page import page
from poise.drills.debrief_text import text
from poise.drills.scenarios.d01_one_server_does_all import SCENARIO
from poise.drills.scoring import Prevention, score
from poise.incidents.lifecycle import fold
from poise.report.schema import schema


def solved() -> Debrief:
    play = Play().paged()
    play.ask("say", hypothesis="db/<pool>", because="the log names it & nothing else")
    play.ask("act", what="restart", target="database")
    play.seconds_of(30, failing=0.5)
    play.ask("say", hypothesis="lb/weights", because="show stat: 87 % go to one")
    play.ask("check", prevention="uneven-weights")
    play.seconds_of(3, failing=0.5)
    play.seconds_of(10)
    play.restarted()
    play.seconds_of(3 + 5)
    assert play.state.ended
    made = score(play.state, play.seconds, Prevention(play.state.prevention, ("uneven-weights", "uneven-share")))
    return debrief(SCENARIO, play.state, made, play.seconds, [])


def test_the_text_holds_the_five_figures_the_truth_and_the_questions() -> None:
    said = text(solved())
    # The pager rang a second before the play went on.
    for words in (
        "right hypothesis        0:31 after the page; wrong ones before: 1",
        "wrong turns acted on    1: restarted database",
        "fix                     durable",
        "prevention              uneven-weights: it warns",
        "  1. restarted database",
    ):
        assert words in said


def test_the_page_is_closed_escaped_and_loads_nothing() -> None:
    made = page(solved())

    class Check(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {name for name, _ in attrs} & {"src", "href", "onload"}
            if tag not in ("meta", "line", "rect", "path", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if tag not in ("meta", "line", "rect", "path", "br"):
                assert self.open.pop() == tag

    checker = Check()
    checker.feed(made)
    assert checker.open == []
    assert "database/&lt;pool&gt;" in made and "<pool>" not in made
    assert "had nobody acted" in made


def test_the_json_is_json_and_its_damage_is_that_of_the_arithmetic() -> None:
    made = json.loads(json.dumps(as_json(solved())))
    jsonschema.validate(made, json.loads(schema("drill")))
    # Half of them failed in the 6 s before the page counts from the second after the injection: 6 + 30 + 3 seconds.
    rate = solved().state.course.tier.rate
    assert made["score"]["damage"]["failed"] == round(rate * 0.5 * (6 + 30 + 3))
    assert made["score"]["fix"] == "durable"
    assert [turn["text"] for turn in made["score"]["wrong_turns"]] == ["restarted database"]


def test_as_an_incident_it_has_its_times_and_its_board() -> None:
    made = solved()
    incident = fold(events(made), "x")
    state = made.state
    assert state.paged is not None
    assert incident.times["impact_started"].at == state.injected
    assert incident.times["detected"].at == state.paged
    assert (incident.times["cause_found"].at - state.paged).total_seconds() == 31
    assert [(h.statement, h.state) for h in incident.hypotheses] == [
        ("database/<pool>", "ruled_out"),
        ("load-balancer/weights", "confirmed"),
    ]
    assert incident.impact.requests_failed == as_json(made)["score"]["damage"]["failed"]
    assert incident.times["mitigated"].at < incident.times["resolved"].at


def test_a_drill_that_was_given_up_is_an_incident_that_is_over_and_was_not_mitigated() -> None:
    play = Play().paged()
    play.seconds_of(10, failing=0.5)
    play.ask("abort")
    made = score(play.state, play.seconds, Prevention(play.state.prevention, ()))
    incident = fold(events(debrief(SCENARIO, play.state, made, play.seconds, [])), "x")
    assert incident.times["resolved"].at == play.state.journal[-1].at
    assert "mitigated" not in incident.times
    assert incident.status == "resolved"


def test_the_seal_is_the_hash_of_the_answer() -> None:
    said = answer_text(solved().state.course)
    assert said.startswith("uneven-weights in pool ")
    assert commitment(said, "n") == hashlib.sha256(f"n {said}".encode()).hexdigest()
