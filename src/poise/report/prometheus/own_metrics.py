"""What `poise watch` itself tells Prometheus: every figure that it measured, under the names of the recording contract, and its alerts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from poise.model.alert import Alert
from poise.model.sample import ComponentKind, Window
from poise.report.printable import one_line

# A figure that was not measured for so long is not told as if it still held.
STALE_SECONDS = 60.0
LABELS: Mapping[ComponentKind, tuple[str, ...]] = {"server": ("pool", "server"), "load-balancer": ()}
ALERTS = "poise_alert"
COULD_NOT = "poise_could_not"


@dataclass(frozen=True, slots=True)
class Watched:
    """One load balancer as it was at the last look: its `name`, what was measured, its alerts, and how much could not be looked at."""

    name: str
    window: Window
    alerts: tuple[Alert, ...] = ()
    could_not: int = 0


@dataclass(slots=True)
class Family:
    """One metric: its help, whether it is a counter, the names of its labels, and a value for each set of them."""

    name: str
    help: str
    counter: bool
    labels: tuple[str, ...]
    values: list[tuple[tuple[str, ...], float]] = field(default_factory=list)


def families(watched: Sequence[Watched]) -> tuple[Family, ...]:
    """All of them, by name."""
    found: dict[str, Family] = {}
    # One that is not watched any more has no turns.
    newest = max((one.window.now.timestamp() for one in watched), default=0.0)
    watched = [one for one in watched if one.window.now.timestamp() >= newest - STALE_SECONDS]
    for one in watched:
        kinds = {component.name: component.kind for component in one.window.stack.components}
        oldest = one.window.now.timestamp() - STALE_SECONDS
        states: dict[str, dict[str, float]] = {}
        for (component, metric), series in one.window.series.items():
            kind = kinds.get(component)
            if kind is None or not len(series.values) or series.seconds[-1] < oldest:
                continue
            value = float(series.values[-1])
            _put(found, one.name, kind, component, metric, value)
            if kind == "server" and metric in ("up", "maintenance", "drain"):
                states.setdefault(component, {})[metric] = value
        for component, state in states.items():
            for metric, value in _states(state):
                _put(found, one.name, "server", component, metric, value)
    for family in _own(watched):
        found[family.name] = family
    return tuple(found[name] for name in sorted(found))


def _put(found: dict[str, Family], load_balancer: str, kind: ComponentKind, component: str, metric: str, value: float) -> None:
    word = kind.replace("-", "_")
    name = f"poise_{word}_{metric}"
    family = found.get(name)
    if family is None:
        labels = ("load_balancer", *LABELS.get(kind, (word,)))
        said = f"{metric.removesuffix('_total').replace('_', ' ')} of a {kind}, as poise last measured it"
        family = found[name] = Family(name, said, metric.endswith("_total"), labels)
    family.values.append(((one_line(load_balancer), *_values(kind, component)), value))


def _values(kind: ComponentKind, component: str) -> Iterable[str]:
    if kind == "server":
        pool, _, server = component.rpartition("/")
        return one_line(pool), one_line(server)
    return () if kind == "load-balancer" else (one_line(component),)


def _states(state: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Whether the load balancer sends it traffic, and whether it is down: not the same where somebody took it out."""
    up = state.get("up")
    if up is not None:
        out = state.get("maintenance", 0.0) + state.get("drain", 0.0) > 0
        yield "serving", float(up > 0 and not out)
        yield "down", float(up == 0 and not out)


def _own(watched: Sequence[Watched]) -> Iterator[Family]:
    labels = ("load_balancer", "detector", "component", "severity", "page")
    alerts = Family(ALERTS, "an alert that lives: 1 pending, 2 firing or without data", False, labels)
    missing = Family(COULD_NOT, "how much poise could not look at in its last turn", False, ("load_balancer",))
    for one in watched:
        missing.values.append(((one_line(one.name),), float(one.could_not)))
        for alert in one.alerts:
            verdict = alert.verdict
            values = (one_line(one.name), verdict.detector, one_line(verdict.component), verdict.severity, str(verdict.page).lower())
            alerts.values.append((values, 1.0 if alert.phase == "pending" else 2.0))
    yield alerts
    yield missing
