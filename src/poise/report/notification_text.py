"""A notification as a person reads it: the first line says what is wrong in traffic terms. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from poise.alerting.held import Held
from poise.alerting.lifecycle import REMOVED
from poise.alerting.notification import Notification
from poise.incidents.durations import words
from poise.incidents.log_event import alert_words
from poise.model.instants import day_and_clock
from poise.report.printable import one_line

# One alert with all that is known of it; of the others a line each.
MOST_SIGNS = 600


@dataclass(frozen=True, slots=True)
class MessageText:
    """A title that stands alone, and a text that begins with it."""

    title: str
    text: str


def notification_text(notification: Notification) -> MessageText:
    """Names and reasons come from files and networks: nothing in them can move a cursor, hide or begin a line of its own."""
    title = _title(notification)
    lines = [title, ""]
    first, *others = notification.firing or notification.resolved or (None,)
    if first is not None:
        lines += _whole(first, notification)
    for held in (*others, *(notification.resolved if notification.firing else ())):
        lines.append(f"- {_line(held)}")
    more = notification.more_firing + notification.more_resolved
    if more:
        lines.append(f"- and {more} more ({notification.more_firing} firing, {notification.more_resolved} resolved): poise alert list")
    if notification.delayed_since is not None:
        lines.append(
            f"This message is late: it was first due at {_instant(notification.delayed_since)}, and did not get through until now."
        )
    lines += ["", f"Sent by poise to {_shown(notification.receiver)} because: {REASONS[notification.reason]}. Message {notification.id}"]
    return MessageText(title, "\n".join(lines) + "\n")


REASONS = {
    "first": "it is the first of its group",
    "new alerts": "an alert joined its group",
    "worse": "it got worse",
    "resolved": "all of its group is over",
    "some resolved": "a part of its group is over",
    "late": "it was over before it could be delivered",
    "repeat": "it goes on and nobody has acknowledged it",
    "test": "somebody asked for a test",
}


def _title(notification: Notification) -> str:
    firing, resolved = notification.firing, notification.resolved
    if not firing and not resolved:
        return "poise: a test message; nothing is wrong" if notification.reason == "test" else "poise: nothing is left to tell"
    worst = (firing or resolved)[0]
    count = len(firing) + notification.more_firing if firing else len(resolved) + notification.more_resolved
    said = _shown(alert_words(worst.alert)) + (f" (and {count - 1} more)" if count > 1 else "")
    if not firing:
        return f"Over{_lasted(worst)}: {_ended(worst) or said}"
    before = {"repeat": "Still: ", "worse": "Worse: ", "some resolved": "Still: "}.get(notification.reason, "")
    return before + said


def _whole(held: Held, notification: Notification) -> Iterator[str]:
    alert, verdict = held.alert, held.alert.verdict
    pool = f", pool {_shown(held.pool)}" if held.pool and not verdict.component.startswith("pool ") else ""
    yield f"Where: load balancer {_shown(held.identity.load_balancer)}{pool}, {_shown(verdict.component)}"
    yield f"Since: {_instant(alert.since)}" + (f", until {_instant(alert.ended)}{_lasted(held)}" if alert.ended is not None else "")
    yield f"Severity: {verdict.severity}" + ("; it wakes a person" if verdict.page else "; it need not wake a person")
    if alert.ended is not None and alert.cleared:
        yield f"Now: {_shown(alert.cleared)}"
        yield f"It was: {_shown(verdict.summary)}"
    else:
        yield f"How sure: {_shown(how_sure(held))}"
    yield f"What it is: {_shown(explained_by(held))}"
    if held.command and alert.ended is None:
        yield f"Look closer: {_shown(held.command)}"
    who = (notification.in_hand or {}).get(held.identity.id)
    if who is not None:
        yield f"In hand: {_shown(who)}"
    elif alert.ended is None:
        yield f"Take it in hand: poise alert ack {held.identity.id}"


def how_sure(held: Held) -> str:
    """What the alert rests on."""
    alert = held.alert
    if alert.verdict.reason == REMOVED:
        return "there is nothing left to judge"
    said = alert.verdict.reason or "its condition holds"
    if alert.phase == "no-data":
        seen = f" since {_instant(alert.last_seen)}" if alert.last_seen else ""
        return f"{said}; its source has not answered{seen}, so it counts as firing until it is heard again"
    return said


def explained_by(held: Held) -> str:
    """The command that shows the page of what was found."""
    faults = held.alert.verdict.faults
    return f"poise explain {faults[0] if faults else held.identity.detector.replace('_', '-')}"


def _line(held: Held) -> str:
    said = _shown(alert_words(held.alert))
    where = _shown(held.identity.load_balancer)
    if held.alert.ended is not None:
        return f"over{_lasted(held)}: {_ended(held) or said} ({where})"
    return f"{said} ({where}, since {_instant(held.alert.since)}, {held.alert.verdict.severity}, {held.identity.id})"


def _ended(held: Held) -> str:
    """What is seen now, and what it was; "" where nothing was seen of it any more."""
    alert = held.alert
    if not alert.cleared:
        return ""
    name = alert.verdict.component.rpartition(" ")[2]
    now = alert.cleared if name in alert.cleared else f"{alert.verdict.component}: {alert.cleared}"
    return _shown(f"{now} (was: {alert.verdict.summary})")


def _lasted(held: Held) -> str:
    return "" if held.alert.ended is None else f" after {words(held.alert.ended - held.alert.since)}"


def _instant(at: datetime | None) -> str:
    return "an unknown time" if at is None else day_and_clock(at)


def _shown(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MOST_SIGNS else line[: MOST_SIGNS - 1] + "…"
