"""The milestones of an incident out of its events: start of harm, detection, first act, cause, relief, end."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from poise.model.incident import TimeName
from poise.model.postmortem import Cause, Declared, Durations, Event, Moment
from poise.review.layers import named

_ORDER: tuple[TimeName, ...] = ("impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved")


def in_order(events: Iterable[Event]) -> list[Event]:
    """By time. Times without a zone are taken for the others' clock."""
    made = list(events)
    if not made:
        return made
    first = made[0].time
    return sorted(made, key=lambda event: event.time.minutes_after(first))


def told_events(events: Sequence[Event]) -> Sequence[Event]:
    """The events of the timeline proper: of lists and tables where there are three or more, else all."""
    listed = [event for event in events if event.listed]
    return listed if len(listed) >= 3 else events


def milestones(events: Sequence[Event], declared: Declared, cause: Cause, head: Mapping[TimeName, Moment]) -> dict[TimeName, Moment]:
    """Those that the document tells, in its head or in its events. A start that detection contradicts is not among them."""
    ordered = in_order(told_events(events))
    times: dict[TimeName, Moment] = {}
    seen = head.get("detected") or next((e.time for e in ordered if e.kind == "detection"), None)
    start = declared.start or next((e.time for e in ordered if e.starts), None)
    if start is not None and (seen is None or seen.minutes_after(start) >= 0):
        times["impact_started"] = start
    if seen is not None:
        times["detected"] = seen
    after = [e for e in ordered if seen is None or e.time.minutes_after(seen) >= 0]
    act = next((e for e in after if e.kind in ("action", "hypothesis", "cause", "mitigation") and e.time is not seen), None)
    if act is not None:
        times["acknowledged"] = act.time
    found = cause_event(after, cause)
    if found is not None:
        times["cause_found"] = found.time
    relief = [e for e in after if e.kind == "mitigation"]
    later = [e for e in relief if found is None or e.time.minutes_after(found.time) >= 0]
    ends = [e for e in after if e.kind == "resolution"]
    if later:
        times["mitigated"] = later[0 if found is not None else -1].time
    if ends:
        times["resolved"] = ends[-1].time
    elif declared.end is not None:
        times["resolved"] = declared.end
    times.update(head)
    return {name: times[name] for name in _ORDER if name in times}


def cause_event(events: Sequence[Event], cause: Cause) -> Event | None:
    """The event that named the right cause: the first that names the layer to blame, else the last that names any cause."""
    found = [e for e in events if e.kind == "cause"]
    right = [e for e in found if cause.layer is not None and cause.layer in named(e.text)]
    return right[0] if right else found[-1] if found else None


def durations(times: dict[TimeName, Moment]) -> Durations:
    """Minutes between the milestones."""
    start, seen = times.get("impact_started"), times.get("detected")
    base = start or seen

    def between(name: TimeName, origin: Moment | None) -> float | None:
        at = times.get(name)
        return None if at is None or origin is None else at.minutes_after(origin)

    basis: Literal["impact_started", "detected"] = "impact_started" if start is not None else "detected"
    acknowledged, found = between("acknowledged", seen), between("cause_found", seen)
    return Durations(between("detected", start), acknowledged, found, between("mitigated", base), between("resolved", base), basis)
