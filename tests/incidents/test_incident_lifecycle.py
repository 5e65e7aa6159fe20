"""The fold: deterministic, corrected by later events, tolerant of newer ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from november_story import DATABASE_EVIDENCE, at, events, incident

from poise.incidents.lifecycle import (
    READERS,
    LogEvent,
    action_item,
    alert_entry,
    begin,
    entry,
    fold,
    hypothesis_closed,
    hypothesis_evidence,
    hypothesis_ids,
    hypothesis_opened,
    impact,
    incident_of,
    observed_time,
    opened,
    status,
    step,
)
from poise.model.alert import Alert, Verdict
from poise.model.evidence import Evidence
from poise.model.incident import ActionItem, BoardHypothesis, Check, Entry, Impact, IncidentTime, Move

R = at("19:00")


def test_the_november_log_becomes_the_incident() -> None:
    story = incident()
    assert (story.id, story.title, story.severity, story.status) == (
        "2023-11-10-1",
        "Requests distributed unevenly over pool web",
        "error",
        "resolved",
    )
    assert story.times["detected"] == IncidentTime(at("13:45"), "observed")
    assert list(story.times) == ["impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved"]
    assert [(h.layer, h.state, h.minutes) for h in story.hypotheses] == [
        ("database", "ruled_out", 135.0),
        ("network", "ruled_out", 75.0),
        ("load-balancer", "confirmed", 15.0),
    ]
    assert story.hypotheses[0].evidence == DATABASE_EVIDENCE
    assert [e.at for e in story.timeline] == sorted(e.at for e in story.timeline)
    assert story == fold(events(), "2023-11-10-1")


def test_a_time_can_be_backdated_and_its_history_is_kept() -> None:
    log = [
        opened(at("13:50"), R, "poise", "t", "error"),
        observed_time("detected", at("13:50"), R, "poise"),
        observed_time("detected", at("13:45"), R, "on call", "stated"),
    ]
    story = fold(log)
    assert story.times == {"detected": IncidentTime(at("13:45"), "stated")}
    notes = [e for e in story.timeline if e.kind == "note"]
    assert notes == [
        Entry(
            R,
            "note",
            "on call",
            "Detected corrected: was 2023-11-10 13:50:00 UTC (observed), is 2023-11-10 13:45:00 UTC (stated)",
        )
    ]


def test_a_line_is_replaced_or_withdrawn_by_its_id() -> None:
    log = [
        entry("note", at("14:00"), R, "a", "first", entry_id="x"),
        entry("note", at("14:00"), R, "a", "same instant"),
        entry("note", at("14:00"), R, "a", "better", entry_id="x"),
        entry("note", at("14:05"), R, "a", "wrong", entry_id="y"),
        entry("note", at("14:05"), R, "a", None, entry_id="y"),
    ]
    assert [e.text for e in fold(log).timeline] == ["better", "same instant"]


def test_an_alert_gets_its_end_when_it_resolves() -> None:
    verdict = Verdict("errors", "client", "bad", "error", True, "errors above 1 %", "3 % of 80/s")
    pending = Alert("errors client", "pending", verdict, at("13:49"))
    firing = replace(pending, phase="firing", fired=at("13:50"))
    resolved = replace(firing, phase="resolved", ended=at("18:01"))
    assert fold([alert_entry(firing, R)]).timeline[0].until is None
    assert fold([alert_entry(pending, R), alert_entry(firing, R), alert_entry(resolved, R)]).timeline == (
        Entry(at("13:50"), "alert", "poise", "client: errors above 1 %", at("18:01")),
    )


def test_status_moves_forward_with_times_and_back_only_when_said() -> None:
    log = [opened(at("13:45"), R, "a", "t", "error")]
    assert fold(log).status == "open"
    log.append(observed_time("mitigated", at("18:00"), R, "a"))
    assert fold(log).status == "mitigated"
    log.append(status("closed", at("18:30"), R, "a"))
    log.append(observed_time("resolved", at("18:20"), R, "a"))
    assert fold(log).status == "closed"
    log.append(status("open", at("18:40"), R, "a"))
    log.append(observed_time("resolved", at("18:50"), R, "a"))
    assert fold(log).status == "open"


def board_line(h: BoardHypothesis) -> tuple[object, ...]:
    return h.statement, h.layer, h.state, h.opened, h.closed, h.evidence


def test_the_board() -> None:
    slow = Evidence("statement_ms", 120.0, 0.2, -4.0, "x")
    slower = replace(slow, observed=0.16, bits=-9.0)
    log = [
        hypothesis_opened("d", "The database", "database", at("14:15"), R, "a"),
        hypothesis_evidence("d", [slow], at("14:20"), R, "a", "supported"),
        hypothesis_evidence("d", [slower], at("14:30"), R, "a"),
    ]
    assert [board_line(h) for h in fold(log).hypotheses] == [("The database", "database", "supported", at("14:15"), None, (slower,))]
    assert fold(log).hypotheses[0].moves == (Move(at("14:15"), "open", "a"), Move(at("14:20"), "supported", "a"))
    assert fold(log).hypotheses[0].checks == (Check(at("14:20"), "a", (slow,)), Check(at("14:30"), "a", (slower,)))
    assert fold(log).hypotheses[0].looked_at == at("14:30")
    log.append(hypothesis_closed("d", "ruled_out", at("16:30"), R, "b"))
    log.append(hypothesis_opened("d", "The database is slow", "database", at("14:10"), R, "a"))
    line = ("The database is slow", "database", "ruled_out", at("14:10"), at("16:30"), (slower,))
    assert [board_line(h) for h in fold(log).hypotheses] == [line]
    assert [(m.at, m.by) for m in fold(log).hypotheses[0].moves] == [(at("14:10"), "a"), (at("14:20"), "a"), (at("16:30"), "b")]
    assert fold(log).hypotheses[0].minutes == 140
    assert hypothesis_ids(log) == ("d",)


def test_items_and_impact_are_corrected_key_by_key() -> None:
    log = [
        action_item("1", "Add a check", "prevent", R, R, "a"),
        action_item("1", "Add a check", "prevent", R, R, "a", owner="web", due=date(2023, 12, 1), ticket="OPS-1", state="done"),
        impact(Impact(requests_failed=10, share_of_requests=0.5), R, R, "a"),
        impact(Impact(clients=7), R, R, "a"),
    ]
    story = fold(log)
    item = ActionItem("Add a check", "prevent", "web", date(2023, 12, 1), "OPS-1", "done", id="1", opened=R, closed=R)
    assert story.action_items == (item,)
    assert item.verb == "Add"
    assert story.impact == Impact(10, 0.5, 7, None)


def test_what_a_newer_version_wrote_is_kept_and_said() -> None:
    log = [
        opened(at("13:45"), R, "a", "t", "error"),
        LogEvent("satellite_seen", at("13:46"), R, "poise 9", {"orbit": 7}),
        LogEvent("time", at("13:47"), R, "poise 9", {"name": "half_detected", "basis": "observed"}),
        LogEvent("hypothesis_closed", at("13:48"), R, "poise 9", {"hypothesis": "?", "state": "ruled_out"}),
        LogEvent("hypothesis_opened", at("13:49"), R, "poise 9", {"hypothesis": "q", "statement": "s", "layer": "quantum"}),
        LogEvent("action_item", at("13:50"), R, "p", {"id": "1", "text": "t", "kind": "prevent", "due": "soon"}),
        LogEvent("entry", at("13:51"), R, "p", {"kind": "note", "text": "t", "until": "later"}),
    ]
    story = fold(log)
    texts = [e.text for e in story.timeline]
    assert [e.kind for e in story.timeline] == ["note"] * 6
    assert "does not know events of kind 'satellite_seen'" in texts[0]
    assert "'orbit': 7" in texts[0]
    assert "half_detected" in texts[1]
    assert "never opened" in texts[2]
    assert "quantum" in texts[3]
    assert "'soon' is not a date" in texts[4]
    assert "'later' is not an instant" in texts[5]
    assert story.title == "t"


# Words that the readers know, so that what is drawn gets past them too.
KNOWN_WORDS = "detected observed note x y database open engaged released done ruled_out prevent hand published 2023-12-01"
KNOWN_KEYS = (
    "title severity name basis kind text until id hypothesis layer evidence state due origin "
    "about zone owner role who team status url verification size_bytes sha256 media_type requests_failed clients cost"
)
known_words = st.sampled_from(KNOWN_WORDS.split())
json_values = known_words | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda v: st.lists(v, max_size=3), max_leaves=5
)
kinds = st.sampled_from([*READERS, "?"])
keys = st.sampled_from(KNOWN_KEYS.split())
any_event = st.builds(
    LogEvent,
    kinds,
    st.integers(0, 10**6).map(lambda s: datetime(2023, 11, 10, tzinfo=UTC) + timedelta(seconds=s)),
    st.just(R),
    st.text(max_size=5),
    st.dictionaries(keys, json_values, max_size=5),
)


@given(st.lists(any_event, max_size=12))
def test_any_log_folds_to_the_same_incident_without_an_error(log: list[LogEvent]) -> None:
    story = fold(log)
    assert story == fold(tuple(log))
    states = [begin()]
    for event in log:
        states.append(step(states[-1], event))
    # Stepped it is the same, and no step changed the states before it.
    assert [incident_of(state) for state in states] == [fold(log[:count]) for count in range(len(log) + 1)]
    assert [e.at for e in story.timeline] == sorted(e.at for e in story.timeline)
