"""The diagnosis on windows of arithmetic: the right fault first, for the right reasons, and modest where little is known."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stack_arithmetic import HEALTHY, NEEDS, START, STORIES, Conditions, Story
from tests.work import steps

from poise.diagnosis.engine import diagnose
from poise.faults.weighing import CHANGE_BITS
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.sample import Event, Stack, Window

# The loss of 12 % to the servers shows in one lost connect per hop and three seconds: eight seconds are few for that.
AFTER = {"loss to servers": 20}


def told(name: str, before: int = 30, after: int = 8) -> Diagnosis:
    return diagnose(Story().run(before, HEALTHY).run(AFTER.get(name, after), STORIES[name][2]).window())


@pytest.mark.parametrize("name", STORIES)
def test_the_fault_is_ranked_first(name: str) -> None:
    fault, layer, _ = STORIES[name]
    diagnosis = told(name)
    assert (diagnosis.best.fault, diagnosis.best.layer) == (fault, layer)
    assert diagnosis.verdict == ("none" if layer == "none" else "fault")


@pytest.mark.parametrize("name", [n for n in STORIES if n not in {"nothing", "loss to servers"}])
def test_the_onset_is_found_within_two_seconds(name: str) -> None:
    onset = told(name).onset
    assert onset is not None
    assert abs((onset - START).total_seconds() - 31) <= 2


@pytest.mark.parametrize(
    "name",
    [
        "uneven 256/1/1/1",
        "uneven 3/1/1/1",
        "limit of one per server",
        "locks",
        "slow statements",
        "wrong check",
        "delay to database",
        "nothing",
    ],
)
def test_without_any_time_before_the_fault_needs_and_topology_tell_what_is_normal(name: str) -> None:
    diagnosis = diagnose(Story().run(30, STORIES[name][2]).window())
    assert diagnosis.best.fault == STORIES[name][0]


def test_database_and_network_are_ruled_out_by_figures_within_ten_seconds() -> None:
    diagnosis = told("uneven 256/1/1/1")
    against = {h.fault + " " + h.component: {e.observable: e for e in h.evidence if e.bits <= -2.5} for h in diagnosis.hypotheses}
    statement = against["database-slow database main"]["statement mean on the side of database main, ms"]
    assert statement.observed == pytest.approx(0.2, rel=0.2)
    waits = against["database-locked database main"]["sessions of database main that wait for a lock"]
    assert waits.observed == 0
    assert any("retransmissions" in o for o in against["network-loss hop app→main"])
    assert any("first byte over the path" in o for o in against["network-delay hop app→main"])


def test_the_evidence_names_share_and_weight_with_expected_and_observed() -> None:
    evidence = {e.observable: e for e in told("uneven 256/1/1/1").best.evidence}
    weight = evidence["share of app1 of web that its running weight gives, as the needs want"]
    assert weight.expected == 0.25
    assert weight.observed == pytest.approx(256 / 259, abs=1e-4)
    assert "app1 256, app2 1" in weight.source
    share = evidence["share of app1 of web, as the needs want"]
    assert share.expected == 0.25
    assert float(str(share.observed)) > 0.9
    assert weight.bits > 3
    assert share.bits > 2


def test_an_uneven_split_that_harms_nobody_yet_is_still_a_fault() -> None:
    quiet = replace(HEALTHY, rate=20.0)
    diagnosis = diagnose(Story().run(30, quiet).run(30, replace(quiet, weights=(3, 1, 1, 1))).window())
    assert diagnosis.best.fault == "uneven-weights"
    assert diagnosis.verdict == "fault"


def test_harmless_changes_do_not_mislead() -> None:
    changes = tuple(
        Event(START + timedelta(seconds=s), "change", "index rebuilt", c)
        for s, c in ((20, "database main"), (29, "application app1"), (30, "network"))
    )
    story = Story().run(30, HEALTHY).run(8, STORIES["uneven 256/1/1/1"][2])
    assert diagnose(story.window(changes)).best.fault == "uneven-weights"
    assert diagnose(Story().run(38, HEALTHY).window(changes)).verdict == "none"


def test_a_change_counts_only_before_the_onset_and_on_the_blamed_component() -> None:
    def bits(at: int, component: str) -> float:
        story = Story().run(30, HEALTHY).run(8, STORIES["uneven 256/1/1/1"][2])
        event = Event(START + timedelta(seconds=at), "change", "somebody was here", component)
        return sum(e.bits for e in diagnose(story.window((event,))).best.evidence if e.observable.startswith("change"))

    assert bits(29, "pool web") == CHANGE_BITS
    assert bits(36, "pool web") == 0
    assert bits(29, "database main") == 0


def test_the_full_servers_database_errors_do_not_make_it_the_database() -> None:
    # app1 alone fails on its own pool, whose errors name PostgreSQL.
    story = Story().run(30, HEALTHY).run(15, STORIES["uneven 256/1/1/1"][2])
    assert story.totals["app1", "database_errors_total"] > 0
    assert diagnose(story.window()).best.fault == "uneven-weights"


@pytest.mark.parametrize("kind", ["application", "database", "hop", "client", "server"])
@pytest.mark.parametrize("name", ["uneven 256/1/1/1", "locks", "nothing"])
def test_what_was_not_measured_is_told_and_lowers_the_certainty(name: str, kind: str) -> None:
    story = Story().run(30, HEALTHY).run(8, STORIES[name][2])
    whole = story.window()
    missing = {c.name for c in whole.stack.of_kind(kind)}  # type: ignore[arg-type]
    diagnosis = diagnose(story.window(keep=lambda component, _: component not in missing))
    assert any(f"{kind} " in c.what for c in diagnosis.could_not)
    evidence = len(diagnose(whole).best.evidence)
    assert len(diagnosis.best.evidence) < evidence


def test_nothing_is_less_sure_where_no_client_was_asked() -> None:
    story = Story().run(60, HEALTHY)
    whole, unasked = diagnose(story.window()), diagnose(story.window(keep=lambda component, _: component != "client"))
    assert (whole.verdict, unasked.verdict) == ("none", "none")
    assert unasked.best.probability < 0.85 < whole.best.probability


def test_a_refused_certificate_stays_possible_where_no_file_was_read() -> None:
    story = Story().run(30, HEALTHY).run(10, STORIES["wrong check"][2])
    named = {h.fault for h in diagnose(replace(story.window(), topologies=())).hypotheses}
    assert "tls-certificate" in named
    assert "tls-certificate" not in {h.fault for h in diagnose(story.window()).hypotheses}


def test_an_empty_window_is_undetermined() -> None:
    diagnosis = diagnose(Window(Stack(), START))
    assert diagnosis.verdict == "undetermined"
    assert diagnosis.onset is None
    assert [(h.layer, h.probability) for h in diagnosis.hypotheses] == [("none", 0.0)]


def test_without_topology_and_needs_a_diagnosis_still_comes() -> None:
    window = replace(Story().run(30, HEALTHY).run(8, STORIES["locks"][2]).window(needs=Needs()), topologies=())
    assert diagnose(window).best.fault == "database-locked"


def test_an_alert_is_only_a_hint() -> None:
    window = Story().run(30, HEALTHY).run(20, STORIES["locks"][2]).window()
    late = diagnose(window, alert_at=START + timedelta(seconds=48))
    assert late.onset == diagnose(window).onset


def test_a_fault_that_has_passed_is_dated_at_its_beginning() -> None:
    window = Story().run(60, HEALTHY).run(25, STORIES["delay to servers"][2]).run(40, HEALTHY).window()
    diagnosis = diagnose(window)
    assert diagnosis.best.fault == "network-delay"
    assert diagnosis.onset is not None
    assert abs((diagnosis.onset - START).total_seconds() - 61) <= 3


BASE = Story().run(20, HEALTHY).run(8, STORIES["uneven 256/1/1/1"][2]).window()


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(sorted(BASE.series)), max_size=len(BASE.series)), st.integers(0, 28))
def test_any_subset_of_the_series_gives_probabilities(kept: set[tuple[str, str]], last: int) -> None:
    now = START + timedelta(seconds=last)
    series = {k: BASE.series[k].between(0, now.timestamp()) for k in kept}
    diagnosis = diagnose(replace(BASE, series=series, now=now))
    known = sum(h.probability for h in diagnosis.hypotheses)
    # The rest belongs to what too few figures can tell.
    assert known == pytest.approx(1, abs=1e-3) or (known < 1 and diagnosis.verdict == "undetermined")
    assert all(0 <= h.probability < 1 for h in diagnosis.hypotheses)
    assert [h.rank for h in diagnosis.hypotheses] == list(range(1, len(diagnosis.hypotheses) + 1))


def test_ten_times_the_servers_are_at_most_ten_times_the_work() -> None:
    def work(servers: int) -> int:
        many = Conditions(servers=servers, rate=2000)
        story = Story(servers=servers).run(300, many).run(30, replace(many, weights=[256] + [1] * (servers - 1)))
        window = replace(story.window(), needs=NEEDS)
        assert diagnose(window).best.fault == "uneven-weights"
        return steps(lambda: diagnose(window))

    assert work(100) < 10 * work(10)
