"""The review meeting: questions from the incident, an invitation by RFC 5545, what is shared, and reminders."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

from november_story import at, events, incident

from poise.app.incident_reminders import due_items, remind
from poise.incidents.invitation import invitation
from poise.incidents.lifecycle import fold
from poise.incidents.log_event import action_item
from poise.incidents.log_response import team
from poise.incidents.meeting import agenda, questions, to_share
from poise.model.receiver import Receiver
from poise.notifiers.notify_error import NotifyError
from poise.store.incident_log import IncidentLog

HOUR = timedelta(hours=1)


def test_the_agenda_asks_what_the_incident_leaves_open() -> None:
    asked = "\n".join(questions(incident()))
    assert "“The database is slow” was pursued for 2 h 15 min. What made it plausible?" in asked
    assert (
        "It ended with statement_ms of main: 0.16, expected 120 (pg_stat_statements); what would have shown that at the beginning?" in asked
    )
    assert "“haproxy.cfg: weights of pool web 100/100/100/100 → 256/1/1/1” came before detection." in asked
    assert "15 min passed until somebody had it in hand" in asked
    assert "No change before detection is in the log" in "\n".join(questions(fold(())))
    engaged = fold((*events(), team("database team", "engaged", at("15:00"), at("19:00"), "on call", "database")))
    late = "\n".join(questions(engaged))
    assert "database team came 45 min after its part was suspected" in late
    assert "No team that owns the layer at fault (load-balancer) was engaged" in late
    text = agenda(incident(), at("20:00"), HOUR)
    assert "Friday, 10 November 2023, 20:00 UTC, 1 h." in text
    # 5 minutes of 60 on the impact, so the course begins at 20:05.
    assert "- 20:05 The course, line by line" in text
    assert "(open; no owner, no date, no ticket)" in text


def test_the_invitation_keeps_rfc_5545() -> None:
    hostile = replace(incident(), title="a;b,c\\d\r\nBEGIN:VALARM \u202e" + "ä" * 200, id="x\r\ny")
    text = invitation(hostile, agenda(hostile, at("20:00"), HOUR), at("20:00"), HOUR, at("19:00"))
    raw = text.encode()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    unfolded = raw.decode().replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0] for line in unfolded if line]
    assert names == [
        "BEGIN",
        "VERSION",
        "PRODID",
        "METHOD",
        "BEGIN",
        "UID",
        "DTSTAMP",
        "SEQUENCE",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "END",
        "END",
    ]
    said = dict(line.split(":", 1) for line in unfolded if line and not line.startswith(("BEGIN", "END")))
    assert (said["DTSTART"], said["DTEND"], said["DTSTAMP"]) == ("20231110T200000Z", "20231110T210000Z", "20231110T190000Z")
    assert said["UID"] == "x--y@review.poise"
    assert said["SUMMARY"].startswith("Review: a\\;b\\,c\\\\d")
    assert said["SUMMARY"].endswith("ä" * 200)


def test_what_is_shared_names_the_cause_and_how_it_is_seen() -> None:
    text = to_share(incident())
    assert "Confirmed as the cause: The weights of pool web are uneven" in text
    assert "share of app1: 98.9 %, expected 25 % (show stat)" in text
    assert "3 h 30 min went to hypotheses" in text
    assert "The cause is not confirmed yet." in to_share(fold(()))


def test_reminders_name_late_items_and_go_to_people(tmp_path: Path) -> None:
    store, now = tmp_path / "incidents.db", at("19:00")
    due = {"late": date(2023, 11, 1), "soon": date(2023, 11, 12), "far": date(2023, 12, 24), "done": date(2023, 11, 1)}
    with IncidentLog(store) as log:
        items = (
            action_item(name, f"Do {name}", "prevent", now, now, "a", "platform", day, state="done" if name == "done" else "open")
            for name, day in due.items()
        )
        log.append_all("i1", (*events()[:-1], *items))
    found = due_items(store, now.astimezone(UTC), timedelta(days=3))
    assert [o.item.id for o in found] == ["late", "soon"]
    sent: list[tuple[str, list[str]]] = []

    class Notifier:
        def __init__(self, receiver: Receiver) -> None:
            self.receiver = receiver

        async def send(self, notification: object) -> None:
            if self.receiver.name == "broken":
                raise NotifyError("no answer", permanent=False)
            sent.append((self.receiver.name, [h.alert.verdict.summary for h in notification.firing]))  # type: ignore[attr-defined]

    told: list[str] = []
    receivers = (Receiver("team", "webhook"), Receiver("am", "alertmanager"), Receiver("broken", "email"))
    assert not remind(found, receivers, now, told.append, Notifier)  # type: ignore[arg-type]
    assert sent == [("team", ["Do late (platform; 9 days late; incident i1)", "Do soon (platform; due 2023-11-12; incident i1)"])]
    assert told == ["receiver team (webhook): took it", "receiver broken (email): could not: no answer"]
