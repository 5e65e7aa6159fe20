"""The alerts of a moment that is over. Pure."""

from collections.abc import Sequence
from datetime import datetime

from poise.detectors import DETECTORS
from poise.detectors.judging import judged
from poise.model.alert import Alert, Verdict
from poise.model.sample import Event, Window

# As the watcher writes an alert's events: the kind of what became of it, and its words.
BEGINS, ENDS = ("firing", "worse"), "resolved"
KEPT = "kept"


def past_alerts(window: Window, events: Sequence[Event]) -> tuple[Alert, ...]:
    """What fired at the window's end. `events` are those before it, as far back as alerts may reach.

    Detectors judge the window as a watch does, so an alert has its figures and reasons; whether it had fired by then, and since when, the
    kept events say. What had fired and cannot be judged from the rows that are left is told in the words of then.
    """
    verdicts, _ = judged(DETECTORS, window, window.now)
    fired = _fired(events)
    found: list[Alert] = []
    for verdict in verdicts:
        if verdict.state != "bad":
            continue
        since = _taken(fired, verdict)
        found.append(
            Alert(verdict.key, "pending" if since is None else "firing", verdict, since or window.now, since, last_seen=window.now)
        )
    for component, open_ones in fired.items():
        for summary, since in open_ones:
            verdict = Verdict(
                KEPT, component, "bad", "warning", False, summary, "told then; what is kept of that time is too coarse to judge"
            )
            found.append(Alert(f"{KEPT} {component} {summary}", "firing", verdict, since, since))
    return tuple(sorted(found, key=lambda alert: alert.since))


def _fired(events: Sequence[Event]) -> dict[str, list[tuple[str, datetime]]]:
    """By component the words and beginnings of what fired and had not ended."""
    fired: dict[str, list[tuple[str, datetime]]] = {}
    for event in events:
        kind, _, summary = event.text.partition(": ")
        if event.kind != "alert" or event.component is None:
            continue
        mine = fired.setdefault(event.component, [])
        if kind == "firing":
            mine.append((summary, event.at))
        elif kind == ENDS and mine:
            mine.pop(_place(mine, summary))
        elif kind in BEGINS and mine:
            place = _place(mine, summary)
            mine[place] = (summary, mine[place][1])
    return fired


def _taken(fired: dict[str, list[tuple[str, datetime]]], verdict: Verdict) -> datetime | None:
    mine = fired.get(verdict.component)
    return mine.pop(_place(mine, verdict.summary))[1] if mine else None


def _place(mine: Sequence[tuple[str, datetime]], summary: str) -> int:
    """The one of these words; the oldest where their figures have changed since."""
    return next((place for place, (said, _) in enumerate(mine) if said == summary), 0)
