"""What poise's own figures say of the hypotheses that people pursue, on stacks whose figures are arithmetic (stack_arithmetic)."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from stack_arithmetic import HEALTHY, STORIES, Story

import poise.app.incident_past as past
from poise.app.board_watch import BoardWatch
from poise.app.incident import one
from poise.app.journal import Journal
from poise.cli.incident import command
from poise.diagnosis.engine import diagnose
from poise.incidents.board_prompts import best_test, prompts, speaks_against
from poise.incidents.lifecycle import fold, hypothesis_closed, hypothesis_evidence, hypothesis_opened, observed_time, opened
from poise.model.evidence import Evidence
from poise.model.sample import Window
from poise.store.incident_finder import IncidentFinder
from poise.store.store_error import StoreError

UNEVEN = STORIES["uneven 256/1/1/1"][2]


@pytest.fixture(scope="module")
def uneven() -> Window:
    """Even for a minute, then 98.8 % on one server for another: the day of November."""
    return Story().run(60, HEALTHY).run(60, UNEVEN).window()


def story(now: datetime) -> list[Any]:
    return [
        opened(now, now, "on call", "Slow checkouts", "error"),
        observed_time("detected", now, now, "on call"),
        hypothesis_opened("h1", "The database is slow", "database", now, now, "on call", owner="database team"),
        hypothesis_opened("h2", "The weights are uneven", "load-balancer", now, now, "on call"),
        hypothesis_opened("database", "The database is at fault", "database", now, now, "poise"),
    ]


def test_the_figures_speak_against_the_database_and_not_against_what_is_at_fault(uneven: Window) -> None:
    found = diagnose(uneven)
    assert found.best.layer == "load-balancer"
    figure = speaks_against(found, "database")
    assert figure is not None
    assert figure.bits < 0
    assert speaks_against(found, "load-balancer") is None
    # Where the database is at fault, nothing rules it out.
    assert speaks_against(diagnose(Story().run(60, HEALTHY).run(30, STORIES["locks"][2]).window()), "database") is None


def test_who_pursues_something_without_evidence_is_asked_after_a_quarter_of_an_hour(uneven: Window) -> None:
    now = uneven.now
    incident = fold(story(now), "i")
    assert prompts(incident, now + timedelta(minutes=14, seconds=59)) == ()
    found = prompts(incident, now + timedelta(minutes=15), uneven, diagnose(uneven))
    # What poise itself suspects, nobody is asked about.
    assert [(p.hypothesis.id, p.quiet) for p in found] == [("h1", timedelta(minutes=15)), ("h2", timedelta(minutes=15))]
    said = found[0].said
    assert said.startswith("database team: “The database is slow” (database) has had no new evidence for 15 min; next best test: ")
    assert "psql" in said
    assert found[1].said.startswith("on call: ")
    assert prompts(incident, now + timedelta(minutes=15))[0].said.endswith("; which figure would rule it out?")
    looked = [*story(now), hypothesis_evidence("h1", (Evidence("x", 1.0, 2.0, -1.0, "y"),), now + timedelta(minutes=10), now, "a")]
    later = prompts(fold(looked), now + timedelta(minutes=24))
    assert [p.hypothesis.id for p in later] == ["h2"]
    closed = [*looked, hypothesis_closed("h2", "confirmed", now + timedelta(minutes=11), now, "a")]
    assert [p.hypothesis.id for p in prompts(fold(closed), now + timedelta(hours=1))] == ["h1"]
    assert best_test("database", None, None) is None


def test_a_watch_says_it_once_and_keeps_it(uneven: Window, tmp_path: Path) -> None:
    now, found = uneven.now, diagnose(uneven)
    with IncidentFinder(tmp_path / "i.db") as log:
        log.append_all("i", story(now))
        board = BoardWatch(Journal(log))
        (said,) = board.take("i", uneven, found, now)
        assert said.startswith("“The database is slow” (database) could be ruled out: ")
        assert board.take("i", uneven, found, now + timedelta(seconds=59)) == []
        assert board.take("i", uneven, found, now + timedelta(minutes=2)) == []
        asked = board.take("i", uneven, found, now + timedelta(minutes=16))
        assert [line.partition(":")[0] for line in asked] == ["database team", "on call"]
        # A watch that was started again says nothing twice.
        assert BoardWatch(Journal(log)).take("i", uneven, found, now + timedelta(minutes=17)) == []
        assert len(board.take("i", uneven, found, now + timedelta(minutes=31))) == 2
        incident = fold(log.events("i"), "i")
    could = next(h.could_rule_out for h in incident.hypotheses if h.id == "h1")
    assert could is not None
    assert could.at == now
    assert next(h for h in incident.hypotheses if h.id == "h2").could_rule_out is None


def test_the_past_is_asked_when_it_could_have_been_known(uneven: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For three minutes the figures blame the database itself; from the fourth on they rule it out."""
    store, begun = tmp_path / "i.db", uneven.now

    class Reader:
        def __init__(self, path: Path) -> None:
            assert path == tmp_path / "i.db.history"

        def __enter__(self) -> "Reader":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    blaming = diagnose(Story().run(60, HEALTHY).run(30, STORIES["locks"][2]).window())
    seen: list[datetime] = []

    def diagnosed(window: Window) -> Any:
        return blaming if window.now < begun + timedelta(minutes=4) else diagnose(uneven)

    def past_window(reader: object, subject: object, at: datetime) -> Window:
        seen.append(at)
        return replace(uneven, now=at)

    monkeypatch.setattr(past, "HistoryReader", Reader)
    monkeypatch.setattr(past, "chosen", lambda reader, config, name: (config, name))
    monkeypatch.setattr(past, "past_window", past_window)
    monkeypatch.setattr(past, "diagnose", diagnosed)
    with IncidentFinder(store) as log:
        log.append_all("i", story(begun)[:4])
        log.append("i", hypothesis_closed("h1", "ruled_out", begun + timedelta(minutes=135), begun, "database team"))
        log.append("i", hypothesis_closed("h2", "confirmed", begun + timedelta(minutes=150), begun, "on call"))
    done = CliRunner().invoke(command, ["look-back", "i", "--store", str(store)])
    assert done.exit_code == 0, done.stderr
    assert seen == [begun + timedelta(minutes=m) for m in (1, 2, 3, 4)]
    assert "4 min after it was opened, 2 h 11 min before it was: " in done.stdout
    kept = next(h.could_rule_out for h in one(store, "i").hypotheses if h.id == "h1")
    assert kept is not None
    assert kept.at == begun + timedelta(minutes=4)


def test_what_a_diagnosis_says_is_attached_to_what_people_pursue(uneven: Window, tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    with IncidentFinder(store) as log:
        log.append_all("i", story(uneven.now)[:4])
        log.append("i", hypothesis_opened("h3", "The provider", "outside", uneven.now, uneven.now, "on call"))
        log.append("i", hypothesis_closed("h3", "ruled_out", uneven.now, uneven.now, "on call"))
    given = past.hold_against(store, "i", uneven, "poise", uneven.now)
    assert [h.id for h, _ in given] == ["h1", "h2"]
    board = {h.id: h for h in one(store, "i").hypotheses}
    assert len(board["h1"].evidence) == given[0][1] > 0
    assert sum(e.bits for e in board["h1"].evidence) < 0 < sum(e.bits for e in board["h2"].evidence)
    # Held against figures, it is asked for again a quarter of an hour later.
    assert prompts(one(store, "i"), uneven.now + timedelta(minutes=14)) == ()
    assert board["h3"].evidence == ()


def test_without_a_history_it_says_so_and_asks_all_the_same(tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    now = Story().run(1, HEALTHY).window().now
    with IncidentFinder(store) as log:
        log.append_all("i", story(now))
    run = CliRunner()
    done = run.invoke(command, ["next", "i", "--store", str(store)])
    assert done.exit_code == 0
    assert done.stdout.count("which figure would rule it out?") == 2
    asked = run.invoke(command, ["next", "i", "--store", str(store), "--at", (now + timedelta(minutes=5)).isoformat()])
    assert asked.stdout == "No open hypothesis has been without evidence for 15 min.\n"
    done = run.invoke(command, ["look-back", "i", "--store", str(store)])
    assert done.exit_code == 2
    assert "poise watch CONFIG" in done.stderr
    with pytest.raises(StoreError):
        past.asked(store, "i", "haproxy.cfg", now + timedelta(hours=1))
