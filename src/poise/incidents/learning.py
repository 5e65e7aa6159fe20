"""What several incidents teach together: causes that come again, wrong first suspicions, tests that save minutes, items left open."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from poise.incidents.durations import durations
from poise.incidents.similar import confirmed_layer
from poise.model.incident import ActionItem, BoardHypothesis, Incident
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Recurring:
    """What came again, and in which incidents. `minutes` has one figure for each of them, smallest first: no mean."""

    what: str
    incidents: tuple[str, ...]
    minutes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An action item that nobody closed, its incident, and for how long it is open; `late` is None without a due date."""

    item: ActionItem
    incident: str
    age: timedelta | None
    late: timedelta | None


@dataclass(frozen=True, slots=True)
class Learned:
    """All of it, each list with the weightiest first."""

    incidents: int
    causes: tuple[Recurring, ...]
    components: tuple[Recurring, ...]
    wrong_first: tuple[Recurring, ...]
    tests: tuple[Recurring, ...]
    open_items: tuple[OpenItem, ...]


def learned(incidents: Sequence[Incident], now: datetime) -> Learned:
    """Of these incidents. A wrong first suspicion is the one opened first that was ruled out; a test is what ruled a hypothesis out, and
    would have saved the minutes from its opening until then (or, where poise's own telemetry could have, until it did)."""
    causes: dict[str, list[tuple[str, float]]] = defaultdict(list)
    components: dict[str, list[tuple[str, float]]] = defaultdict(list)
    wrong: dict[str, list[tuple[str, float]]] = defaultdict(list)
    tests: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for incident in incidents:
        spent = durations(incident).wrong.total_seconds() / 60
        layer = confirmed_layer(incident)
        if layer is not None:
            causes[layer].append((incident.id, spent))
        for component in dict.fromkeys(incident.about):
            components[component].append((incident.id, spent))
        first = incident.hypotheses[0] if incident.hypotheses else None
        if first is not None and first.state == "ruled_out":
            wrong[first.layer].append((incident.id, first.minutes or 0.0))
        for h in incident.hypotheses:
            test = _test(h)
            if test is not None and h.minutes:
                tests[test].append((incident.id, h.minutes))
    return Learned(
        len(incidents),
        _most(causes),
        tuple(each for each in _most(components) if len(each.incidents) > 1),
        _most(wrong),
        tuple(sorted(_most(tests), key=lambda r: -sum(r.minutes))),
        open_items(incidents, now),
    )


def open_items(incidents: Sequence[Incident], now: datetime) -> tuple[OpenItem, ...]:
    """Action items that nobody closed, the longest open first; those of unknown age last."""
    found = []
    for incident in incidents:
        for item in incident.action_items:
            if item.state == "open":
                age = None if item.opened is None else now - item.opened
                late = None if item.due is None else timedelta(days=(now.date() - item.due).days)
                found.append(OpenItem(item, incident.id, age, late))
    return tuple(sorted(found, key=lambda o: -(o.age or timedelta()).total_seconds()))


def _test(h: BoardHypothesis) -> str | None:
    """What ruled it out: the strongest figure against it, with where that is read."""
    against = [e for e in h.evidence if e.bits < 0]
    if h.state != "ruled_out" or not against:
        return None
    strongest = min(against, key=lambda e: e.bits)
    return f"{strongest.observable} ({strongest.source})" if strongest.source else strongest.observable


def _most(found: dict[str, list[tuple[str, float]]]) -> tuple[Recurring, ...]:
    made = [
        Recurring(what, tuple(dict.fromkeys(i for i, _ in rows)), tuple(sorted(minutes for _, minutes in rows)))
        for what, rows in found.items()
    ]
    return tuple(sorted(made, key=lambda r: (-len(r.incidents), -sum(r.minutes), r.what)))
