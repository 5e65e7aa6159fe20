"""Small multiples, similar incidents and the digest, by the arithmetic of 10 November."""

import re
from dataclasses import replace
from datetime import date, timedelta

from november_story import at, incident, november_window

from poise.incidents.digest import digest
from poise.incidents.learning import learned
from poise.incidents.lifecycle import fold
from poise.incidents.similar import similar
from poise.model.incident import ActionItem, Incident
from poise.report.incident_library import library_page
from poise.report.incident_view import incident_view

HOSTILE = "<script>alert(1)</script> `x` [y](javascript:z) | \u202e"


def november(name: str, **changes: object) -> Incident:
    return replace(incident(), id=name, about=("pool web",), **changes)  # type: ignore[arg-type]


def test_minutes_are_counted_by_incident_and_never_averaged() -> None:
    found = learned((november("a"), november("b"), fold((), "c")), at("20:00"))
    assert [(c.what, c.incidents, c.minutes) for c in found.causes] == [("load-balancer", ("a", "b"), (210.0, 210.0))]
    assert [(c.what, c.incidents) for c in found.components] == [("pool web", ("a", "b"))]
    assert [(w.what, w.minutes) for w in found.wrong_first] == [("database", (135.0, 135.0))]
    tests = [(t.what, t.minutes) for t in found.tests]
    assert tests == [
        ("statement_ms of main (pg_stat_statements)", (135.0, 135.0)),
        ("retransmits per second lb→app1 (TCP_INFO)", (75.0, 75.0)),
    ]
    text = digest((november("a"), november("b")), at("20:00"))
    assert "| load-balancer | 2 | 3 h 30 min, 3 h 30 min |" in text
    assert not re.search(r"\b(mean|average)\b", text, re.I)


def test_open_items_have_an_age_and_say_how_late_they_are() -> None:
    old = ActionItem("Add a limit", "prevent", None, date(2023, 11, 1), opened=at("19:00") - timedelta(days=20))
    done = replace(old, text="Done", state="done")
    text = digest((november("a", action_items=(done, old)),), at("19:00"))
    assert "| Add a limit | to be assigned | 20 days | 2023-11-01 (9 days late) | a |" in text
    assert "Done" not in text


def test_what_is_similar_shares_a_component_or_words() -> None:
    other = replace(fold((), "x"), title="A certificate ended", about=("listener https",))
    (found,) = similar(november("a"), (november("a"), november("b"), other))
    assert (found.incident.id, found.cause) == ("b", "load-balancer")
    assert similar(other, (november("a"),)) == ()


def test_the_page_has_the_minutes_of_each_segment_and_is_safe() -> None:
    hostile = november("a", title=HOSTILE, severity=HOSTILE)
    page = incident_view(hostile, november_window(), at("19:00"), similar(hostile, (november("b", title=HOSTILE),)))
    # 13:43 to 13:45 unseen, to 14:00 unacknowledged, 14:15 to 17:45 wrong, to 18:00 right, to 18:30 recovering.
    spent = "undetected 2 min, unacknowledged 15 min, no hypothesis pursued 15 min, "
    spent += "wrong track 3 h 30 min, right track 15 min, recovering 30 min"
    assert spent in page
    assert "app1: 98.9 % of the requests" in page
    assert "load-balancer to blame in 1" in page
    for forbidden in ("<script", "onerror", " style=", "javascript:z)</a>", "\u202e"):
        assert forbidden not in page
    library = library_page((hostile, november("b")), at("19:00"))
    assert "<script" not in library
    assert library.count('class="iv-bar"') == 2
    assert library_page((), at("19:00")).count("None is in the store") == 1
