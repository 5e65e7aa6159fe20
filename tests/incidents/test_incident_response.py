"""Who responds, with what, and what they keep: as the log tells it."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files

import jsonschema
from november_story import at

from poise.incidents.lifecycle import action_item, fold, hypothesis_opened, observed_time, opened
from poise.incidents.log_response import attachment, could_rule_out, hypothesis_owner, link, postmortem, role, task, team
from poise.model.evidence import Evidence
from poise.model.incident import Check, IncidentTime, TimeChange
from poise.model.response import Attachment, Link, Role, Task, Team
from poise.report.incident_json import incident_document

R = at("19:00")
FIRST = opened(at("13:50"), R, "on call", "Slow checkouts", "error", origin="hand", about=("pool web",))


def test_who_opened_it_how_and_what_it_is_about() -> None:
    more = opened(at("13:55"), R, "poise", "Slow checkouts", "error", about=("pool web", "load-balancer lb1"))
    story = fold([FIRST, more], "i")
    assert (story.origin, story.opened, story.opened_by, story.about) == (
        "hand",
        at("13:50"),
        "on call",
        ("pool web", "load-balancer lb1"),
    )
    assert story.timeline == ()
    renamed = fold([FIRST, replace(more, payload={**more.payload, "title": "Slow payments"})])
    assert [e.text for e in renamed.timeline] == ["Corrected: was “Slow checkouts” (error), is “Slow payments” (error)"]
    assert renamed.title == "Slow payments"


def test_each_time_keeps_who_set_it_and_what_it_was() -> None:
    log = [
        FIRST,
        observed_time("detected", at("13:50"), at("13:51"), "poise"),
        observed_time("detected", at("13:45"), R, "on call", "stated", zone="Europe/Berlin"),
        observed_time("detected", at("13:45"), R, "on call", "stated", zone="Europe/Berlin"),
    ]
    first, second = IncidentTime(at("13:50"), "observed"), IncidentTime(at("13:45"), "stated", "Europe/Berlin")
    story = fold(log)
    assert story.times == {"detected": second}
    assert story.time_changes == (
        TimeChange("detected", None, first, "poise", at("13:51")),
        TimeChange("detected", first, second, "on call", R),
    )


def test_a_role_has_one_holder_at_a_time() -> None:
    log = [
        FIRST,
        role("incident commander", "on call", at("13:55"), R, "on call"),
        role("incident commander", "shift lead", at("15:00"), R, "on call"),
        role("scribe", "web team", at("14:00"), R, "on call"),
        role("scribe", None, at("16:00"), R, "web team"),
    ]
    assert fold(log).roles == (
        Role("incident commander", "on call", at("13:55"), at("15:00")),
        Role("incident commander", "shift lead", at("15:00")),
        Role("scribe", "web team", at("14:00"), at("16:00")),
    )


def test_teams_come_and_go() -> None:
    log = [
        FIRST,
        team("database team", "engaged", at("15:00"), R, "on call", "database"),
        team("database team", "engaged", at("14:30"), R, "on call"),
        team("database team", "released", at("16:30"), R, "on call"),
        team("database team", "engaged", at("18:00"), R, "on call"),
        team("network team", "released", at("18:00"), R, "on call"),
    ]
    story = fold(log)
    assert story.teams == (
        Team("database team", at("14:30"), at("16:30"), "database"),
        Team("database team", at("18:00")),
    )
    lines = [(e.at, e.text) for e in story.timeline if e.kind == "team"]
    assert lines == [
        (at("14:30"), "database team engaged"),
        (at("16:30"), "database team released"),
        (at("18:00"), "database team engaged"),
    ]
    assert "team 'network team' is not engaged" in next(e for e in story.timeline if e.kind == "note").text


def test_a_task_is_done_once() -> None:
    log = [
        FIRST,
        task("t1", "Ask the provider", at("14:00"), R, "on call", "network team", at("14:30")),
        task("t1", "Ask the provider", at("14:20"), R, "network team", "network team", at("14:30"), "done"),
        task("t1", "Ask the provider of line 2", at("14:40"), R, "network team", "network team", at("14:30"), "done"),
        task("t2", "Restart it", at("14:41"), R, "on call"),
    ]
    assert fold(log).tasks == (
        Task("t1", "Ask the provider of line 2", "network team", at("14:30"), "done", at("14:00"), at("14:20")),
        Task("t2", "Restart it", None, None, "open", at("14:41")),
    )


def test_the_board_knows_owners_and_what_could_have_ended_it() -> None:
    spoke = Evidence("statement_ms of main", 120.0, 0.2, -9.0, "history")
    log = [
        FIRST,
        hypothesis_opened("h1", "The database is slow", "database", at("14:15"), R, "on call", owner="web team"),
        hypothesis_owner("h1", "database team", at("15:00"), R, "on call"),
        could_rule_out("h1", spoke, at("14:16"), R, "poise"),
    ]
    found = fold(log).hypotheses[0]
    assert (found.id, found.opened_by, found.owner) == ("h1", "on call", "database team")
    assert found.could_rule_out == Check(at("14:16"), "poise", (spoke,))
    # What could have been known is no look that somebody took.
    assert (found.checks, found.looked_at, found.minutes_at(at("15:15"))) == ((), at("14:15"), 60)


def test_evidence_is_kept_and_linked_and_each_word_has_its_event() -> None:
    log = [
        FIRST,
        attachment("graph.png", "image/png", 2048, "ab" * 32, at("14:00"), R, "web team"),
        link("https://grafana.example/d/1", "p99 by server", at("14:05"), R, "web team", "h1"),
        postmortem("in_review", at("18:50"), R, "on call"),
        action_item(
            "a1", "Refuse weights above 200", "prevent", R, R, "on call", due=date(2023, 12, 1), verification="poise audit exits 1"
        ),
    ]
    story = fold([replace(event, seq=10 + place) for place, event in enumerate(log)], "i")
    assert story.attachments == (Attachment("graph.png", "image/png", 2048, "ab" * 32, at("14:00"), "web team"),)
    assert story.links == (Link("https://grafana.example/d/1", "p99 by server", at("14:05"), "web team", "h1"),)
    assert [(e.text, e.event) for e in story.timeline] == [
        ("Attached: graph.png (2,048 bytes)", 11),
        ("Evidence: p99 by server https://grafana.example/d/1", 12),
        ("Postmortem: in review", 13),
    ]
    assert (story.postmortem, story.events, story.action_items[0].event) == ("in_review", 5, 14)
    document = incident_document(story)
    schema = json.loads(files("poise.report").joinpath("schemas", "incident.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(document)), schema, format_checker=jsonschema.FormatChecker())
    # Every key that is printed is described.
    for name, rows in document.items():
        described = schema["properties"][name].get("items", {}).get("properties")
        for row in rows if described else ():
            assert set(row) == set(described), name
