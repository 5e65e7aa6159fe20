"""What seeds make of the drills, and what may not be seen of it."""

import random
from pathlib import Path

import pytest

from poise.app.drill_pages import drill_pages
from poise.app.explain import page
from poise.drills import chain
from poise.drills.leak_audit import apart_in_time, leaks
from poise.drills.prober import graph, picture
from poise.drills.scenario import Scenario
from poise.drills.scenarios import SCENARIOS
from poise.faults import FAULTS
from poise.lab.drill.clients import Clients
from poise.lab.drill.plan import plan_of

EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
SEEDS = range(12)


def drawn(scenario: Scenario, seed: int, product: str | None = None):
    named = product or scenario.products[0]
    return scenario.course(random.Random(f"{seed} {scenario.id} {named}"), seed, named)


@EACH
def test_the_same_seed_gives_the_same_drill_and_others_differ(scenario: Scenario) -> None:
    assert drawn(scenario, 3) == drawn(scenario, 3)
    assert len({(c.tier.servers, c.tier.rate, c.tier.hot, c.tier.pool) for c in (drawn(scenario, seed) for seed in SEEDS)}) > 8


@EACH
def test_each_course_is_playable_arithmetic(scenario: Scenario) -> None:
    for product in scenario.products:
        for seed in SEEDS:
            course = drawn(scenario, seed, product)
            tier = course.tier
            # In health all is served, with room for one lost server; the harm is one that clients feel, or none at all.
            assert tier.rate < 0.8 * tier.capacity
            assert tier.survives(len(tier.servers))
            low, high = course.band
            assert (0 <= low < high < 0.99) or not course.touch
            assert {unit.FAULT.name for unit in FAULTS} >= {course.answer.fault}
            assert course.answer.words and course.hints and course.clues and course.shortcuts and course.wrong_turns
            assert plan_of(course).names == tier.servers


@EACH
def test_no_page_of_the_docs_tells_what_it_is(scenario: Scenario) -> None:
    course = drawn(scenario, 1)
    pages = {name: text for name, text in drill_pages().items() if scenario.id in name}
    assert pages
    assert leaks(pages, (*course.spoilers, course.answer.fault), machinery=()) == ()
    assert page(scenario.id) == page(scenario.id.lower()) == pages[f"drills/{scenario.id}.md"]


def test_a_word_is_found_however_it_is_written() -> None:
    found = leaks({"a.cfg": "fine\n# Uneven_Weights here", "uneven-weights.log": ""}, ("uneven weights",))
    assert [(leak.where, leak.line) for leak in found] == [("a.cfg", "# Uneven_Weights here"), ("uneven-weights.log", "uneven-weights.log")]
    assert leaks({"a": "the director will inject it"}, ())[0].word == "inject"


def test_a_file_that_was_touched_later_tells_itself() -> None:
    assert apart_in_time({"a": 100.0, "b": 100.2, "haproxy.cfg": 190.0}) == ("haproxy.cfg",)
    assert apart_in_time({}) == ()


def test_the_journals_chain_shows_what_was_changed_or_cut() -> None:
    head, lines = chain.START, []
    for number in range(4):
        text, head = chain.link(head, {"text": f"line {number}"})
        lines.append(text)
    assert chain.broken(lines, head) is None
    assert chain.broken([lines[0], lines[1].replace("line 1", "line 7"), *lines[2:]], head) == 3
    assert chain.broken(lines[:-1], head) == 0
    assert chain.broken([*lines[:2], "no json"]) == 3


def test_totals_go_on_where_the_generator_was_started_again(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(
        "time,component,metric,value\n2026-11-27T09:00:01.000Z,client,requests_total,50\n2026-11-27T09:00:01.000Z,client,failures_total,5\n"
    )
    clients = Clients(file)
    (first,) = clients.read()
    assert (first.requests, first.failures, first.success) == (50, 5, None)
    with file.open("a") as more:
        more.write("2026-11-27T09:00:09.000Z,client,requests_total,20\n2026-11-27T09:00:09.000Z,client,success_ratio,0.5\n2026-11-27T09:0")
    (second,) = clients.read()
    assert (second.requests, second.failures, second.success) == (70, 5, 0.5)
    assert clients.read() == ()


def test_the_graph_shows_the_last_column_and_the_worst(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    lines = [f"2026-11-27T09:00:0{n}.000Z,client,{name},{value}" for n in range(1, 6) for name, value in
             (("requests_total", 10 * n), ("failures_total", max(0, n - 3) * 5), ("p50_ms", 100), ("p99_ms", 300))]  # fmt: skip
    file.write_text("\n".join(lines) + "\n")
    seconds = Clients(file).read()
    assert "now 50.0%, least 50.0%" in graph(seconds)
    assert "p99 ms" in graph(seconds) and picture(seconds).startswith("<svg")
    assert "no figures" in graph([])
