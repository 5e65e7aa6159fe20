"""The incident that a watch keeps, tick by tick, on a real store. The clock is an argument."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stack_arithmetic import HEALTHY, STORIES, Story

from poise.alerting.lifecycle import Effect
from poise.app.incident import every, one
from poise.app.journal import MOST_WAITING, TRY_AGAIN, Journal
from poise.app.watched_incident import ADOPTED_GRACE, WatchedIncident, left_open
from poise.app.watching import CLEARED, Problems
from poise.daemon.watcher import Tick
from poise.diagnosis.engine import diagnose
from poise.diagnosis.matrices import Matrices
from poise.incidents import log_event
from poise.model.alert import Alert, Verdict
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.sample import Component, Event, Stack, Window
from poise.store.incident_finder import IncidentFinder

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
STACK = Stack((Component("lb1", "load-balancer"), Component("web", "pool"), Component("web/app1", "server")), (("web", "web/app1"),))
BAD = Verdict("uneven_share", "pool web", "bad", "error", True, "app1 gets 98 % of the requests", "")
CHANGE = Event(START, "change", "haproxy.cfg was edited", "load-balancer lb1")
HERE = "/etc/haproxy/haproxy.cfg"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def firing(second: float, verdict: Verdict = BAD) -> Alert:
    return Alert(verdict.key, "firing", verdict, at(second), at(second), last_seen=at(second))


def tick(second: float, alerts: tuple[Alert, ...] = (), effects: tuple[Effect, ...] = (), events: tuple[Event, ...] = ()) -> Tick:
    return Tick(at(second), Window(STACK, at(second)), alerts=alerts, effects=effects, events=events)


def begins(second: float) -> Tick:
    return tick(second, (firing(second),), (Effect("firing", firing(second)),))


def ends(since: float, second: float) -> Tick:
    return tick(second, (), (Effect("resolved", replace(firing(since), phase="resolved", ended=at(second))),))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IncidentFinder]:
    with IncidentFinder(tmp_path / "incidents.db", timedelta(milliseconds=50)) as log:
        yield log


def watched(log: IncidentFinder, watching: str = HERE) -> WatchedIncident:
    return WatchedIncident(Journal(log), log.path.parent / "incidents", watching)


def test_changes_wait_for_an_incident_and_then_stand_in_it(log: IncidentFinder) -> None:
    incident = watched(log)
    assert list(incident.take(tick(0, events=(CHANGE,)), at(0))) == ["change: haproxy.cfg was edited"]
    assert log.list() == ()
    incident.take(begins(10), at(10))
    (stored,) = every(log.path)
    assert (stored.title, stored.status) == ("pool web: app1 gets 98 % of the requests", "open")
    assert [(e.at, e.text) for e in stored.timeline if e.kind == "change"] == [(at(0), "haproxy.cfg was edited")]
    lines = incident.take(ends(10, 40), at(40))
    assert incident.ended and lines[-1].startswith("postmortem: ")
    (stored,) = every(log.path)
    assert stored.status == "resolved" and stored.times["resolved"].source == "observed"
    assert "acknowledged" not in stored.times
    assert (log.path.parent / "incidents" / stored.id / "postmortem.md").read_text().startswith("# Postmortem: pool web")


def test_the_first_who_takes_it_in_hand_acknowledges_it(log: IncidentFinder) -> None:
    incident = watched(log)
    assert incident.acknowledged("ann", "too early", at(0), at(0)) == () and log.list() == ()
    incident.take(begins(10), at(10))
    incident.acknowledged("bob", "weights are put back", at(25), at(26))
    incident.acknowledged("eve", "", at(60), at(60))
    (stored,) = every(log.path)
    assert (stored.times["acknowledged"].at, stored.times["acknowledged"].source) == (at(25), "observed")
    assert [e.text for e in stored.timeline if e.kind == "team"] == ["bob has it in hand: weights are put back", "eve has it in hand"]


def test_a_change_of_long_ago_is_no_part_of_it(log: IncidentFinder) -> None:
    incident = watched(log)
    incident.take(tick(0, events=(CHANGE,)), at(0))
    incident.take(begins(3601), at(3601))
    assert [e for e in every(log.path)[0].timeline if e.kind == "change"] == []


def test_an_alert_without_data_keeps_it_open(log: IncidentFinder) -> None:
    incident = watched(log)
    incident.take(begins(0), at(0))
    incident.take(tick(9, (replace(firing(0), phase="no-data"),)), at(9))
    assert not incident.ended


def test_a_killed_watch_goes_on_with_its_incident(log: IncidentFinder) -> None:
    watched(log).take(begins(0), at(0))
    (name,) = log.list()
    assert left_open(log, "/etc/other.cfg") is None
    assert left_open(log, HERE) == name
    again = watched(log)
    assert "was left open: pool web: app1 gets 98 % of the requests" in again.adopt(name, at(60))[0]
    again.take(tick(61), at(61))
    assert not again.ended  # the detectors have not seen enough yet
    again.take(begins(70), at(70))
    again.take(ends(70, 75), at(75))
    assert again.ended and log.list() == (name,)
    assert one(log.path, name).times["resolved"].at == at(75)
    assert left_open(log, HERE) is None


def told(layer: str, fault: str, second: float) -> Diagnosis:
    evidence = (Evidence("share of app1", 0.25, 0.98, 12.3, "show stat"),)
    best = Hypothesis(fault, layer, "pool web", evidence, 12.3, 0.97, 1)  # type: ignore[arg-type]
    return Diagnosis("fault", at(second), at(0), at(second), (best,))


def test_what_a_watch_saw_from_the_middle_on_replaces_no_cause_that_one_saw_from_the_beginning(
    log: IncidentFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the real stack a watch that began while app1 got all requests blamed the application's errors once the weights were put back."""
    says = [told("load-balancer", "uneven-weights", 5)]
    monkeypatch.setattr("poise.app.watched_incident.diagnose", lambda window: says[-1])
    first = watched(log)
    assert any(line.startswith("cause: uneven-weights") for line in first.take(begins(5), at(5)))
    (name,) = log.list()
    again = watched(log)
    again.adopt(name, at(60))
    says.append(told("application", "server-errors", 60))
    mended = Event(at(70), "change", "haproxy.cfg was edited", "load-balancer lb1")
    lines = [line for s in range(61, 100) for line in again.take(tick(s, (firing(5),), events=(mended,) if s == 70 else ()), at(s))]
    assert not [line for line in lines if "cause" in line or "suspected" in line]
    again.take(ends(5, 100), at(100))
    (stored,) = every(log.path)
    assert stored.status == "resolved" and "application" not in {h.layer for h in stored.hypotheses if h.state == "confirmed"}


@pytest.mark.parametrize(("change", "found"), [(None, 80), (75, 195)])
def test_a_cause_that_nobody_named_before_the_restart_is_named_once_enough_was_seen(
    log: IncidentFinder, monkeypatch: pytest.MonkeyPatch, change: int | None, found: int
) -> None:
    watched(log).take(begins(0), at(0))
    again = watched(log)
    again.adopt(log.list()[0], at(60))
    monkeypatch.setattr("poise.app.watched_incident.diagnose", lambda window: told("load-balancer", "uneven-weights", 60))
    said = [
        s
        for s in range(61, 220)
        for line in again.take(tick(s, (firing(0),), events=(replace(CHANGE, at=at(s)),) if s == change else ()), at(s))
        if line.startswith("cause: ")
    ]
    assert said == [found]


def test_an_incident_goes_on_where_other_files_are_watched_under_its_name(log: IncidentFinder) -> None:
    incident = watched(log)
    incident.take(begins(0), at(0))
    (name,) = log.list()
    incident.moved("/srv/new.cfg", at(5))
    assert left_open(log, HERE) is None and left_open(log, "/srv/new.cfg") == name
    (stored,) = every(log.path)
    assert stored.title == "pool web: app1 gets 98 % of the requests" and stored.timeline[-1].text == "/srv/new.cfg is watched from now on"
    # The next one is of the new files from its beginning.
    other = watched(log)
    assert other.moved("/srv/other.cfg", at(6)) == ()
    other.take(begins(7), at(7))
    assert left_open(log, "/srv/other.cfg") not in (None, name)


def test_what_passed_while_nobody_watched_ends_as_an_estimate(log: IncidentFinder) -> None:
    watched(log).take(begins(0), at(0))
    again = watched(log)
    again.adopt(log.list()[0], at(600))
    again.take(tick(601), at(601))
    assert not again.ended
    late = 600 + ADOPTED_GRACE.total_seconds()
    again.take(tick(late), at(late))
    (stored,) = every(log.path)
    assert again.ended and (stored.status, stored.times["resolved"].source) == ("resolved", "estimated")


def test_an_incident_of_a_person_is_not_taken_up(log: IncidentFinder) -> None:
    log.append("a", log_event.opened(at(0), at(0), "on call", "slow", "error"))
    log.append("b", log_event.entry("change", at(0), at(0), "x", "y"))
    assert left_open(log, HERE) is None
    # What never opened has no title, and is no incident in a list.
    assert [i.id for i in every(log.path)] == ["a"] and one(log.path, "last").id == "a"


def test_a_locked_store_costs_no_alert_and_nothing_that_was_seen(log: IncidentFinder) -> None:
    incident = watched(log)
    with sqlite3.connect(log.path, isolation_level=None) as other:
        other.execute("begin immediate")
        lines = incident.take(begins(0), at(0))
        assert "pool web: app1 gets 98 % of the requests [firing] (not stored)" in lines
        assert [line for line in lines if "another process holds it" in line] == [lines[-1]]
        lines = incident.take(tick(2, (firing(0),), events=(CHANGE,)), at(2))
        assert "change: haproxy.cfg was edited (not stored)" in lines and not any("another process" in line for line in lines)
        other.execute("rollback")
    assert log.list() == ()
    later = TRY_AGAIN.total_seconds() + 1
    lines = incident.take(ends(0, later), at(later))
    assert lines[-1] == "the incident store works again: what was not stored is stored now"
    assert not any("not stored)" in line for line in lines) and incident.ended
    (stored,) = every(log.path)
    assert stored.status == "resolved" and "haproxy.cfg was edited" in [e.text for e in stored.timeline]


def test_what_waits_for_the_store_is_bounded(log: IncidentFinder) -> None:
    journal = Journal(log)
    event = log_event.entry("note", at(0), at(0), "poise", "x")
    with sqlite3.connect(log.path, isolation_level=None) as other:
        other.execute("begin immediate")
        journal.append_all("i", [event] * (MOST_WAITING + 3))
        other.execute("rollback")
    assert not journal.stored and len(journal.news()) == 1 and journal.news() == []
    journal.append_all("i", [replace(event, recorded_at=at(60))])
    assert len(log.events("i")) == MOST_WAITING
    assert journal.news() == ["the incident store works again: 4 events were lost"]
    assert journal.stored


def test_a_postmortem_that_cannot_be_written_is_said(log: IncidentFinder) -> None:
    (log.path.parent / "incidents").write_text("a file where the folder should be")
    incident = watched(log)
    incident.take(begins(0), at(0))
    lines = incident.take(ends(0, 5), at(5))
    assert incident.ended and "the postmortem is not written" in lines[-1]


def test_a_problem_is_told_when_it_begins_and_when_it_comes_back() -> None:
    problems, broken = Problems(), (CouldNot("database main", "refused"),)
    assert problems.news(broken, at(0)) == ["could not: database main: refused"]
    assert problems.news((CouldNot("database main", "timed out"),), at(1)) == []
    assert problems.news((), at(2)) == []
    assert problems.news(broken, at(3)) == []  # it had not recovered
    late = 3 + CLEARED.total_seconds()
    assert problems.news((), at(late)) == []
    assert problems.news(broken, at(late + 1)) == ["could not: database main: refused"]


def test_with_the_cause_there_is_a_page_for_each_team_to_send(log: IncidentFinder) -> None:
    seen = Story().run(60, HEALTHY).run(20, STORIES["locks"][2]).window()
    now = seen.now
    alert = Alert(BAD.key, "firing", BAD, now, now, last_seen=now)
    lines = watched(log).take(Tick(now, seen, alerts=(alert,), effects=(Effect("firing", alert),)), now)
    (name,) = log.list()
    folder = log.path.parent / "incidents" / name / "evidence"
    assert f"evidence: {folder}/index.html, and a page for each team beside it" in lines
    assert "Your layer, the database, is" in (folder / "database.html").read_text(encoding="utf-8")


def test_what_a_diagnosis_laid_out_of_a_window_is_not_kept_with_it(log: IncidentFinder) -> None:
    def laid_out(window: Window) -> bool:
        return any(isinstance(kept, Matrices) for kept in window.looked.values())

    seen = Story().run(60, HEALTHY).run(20, STORIES["locks"][2]).window()
    diagnose(seen)
    assert laid_out(seen)
    alert = Alert(BAD.key, "firing", BAD, seen.now, seen.now, last_seen=seen.now)
    watched(log).take(Tick(seen.now, seen, alerts=(alert,), effects=(Effect("firing", alert),)), seen.now)
    assert not laid_out(seen)
