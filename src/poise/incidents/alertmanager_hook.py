"""What Alertmanager sends to a webhook receiver (prometheus.io/docs/alerting/latest/configuration/#webhook_config), read as alerts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from poise.model.finding import Severity
from poise.model.instants import within_calendar
from poise.model.light import dataclass
from poise.model.plain_text import plain

# More of them are no alert group but a flood: `max_alerts` of the receiver bounds it on the other side.
MOST_ALERTS = 500
LONGEST = 500
# Under which labels exporters and rules name a pool and a load balancer, the most telling first: poise's own, HAProxy's, nginx's, Envoy's.
POOL_LABELS = ("pool", "backend", "upstream", "envoy_cluster_name", "cluster_name", "proxy")
BALANCER_LABELS = ("load_balancer", "instance")
SEVERITIES: dict[str, Severity] = {
    "page": "error",
    "critical": "error",
    "error": "error",
    "warning": "warning",
    "info": "info",
    "none": "info",
}


class HookError(ValueError):
    """The body is none that Alertmanager sends: what is wrong with it, and what to do."""


@dataclass(frozen=True, slots=True)
class HookAlert:
    """One alert. `about` are the components that its labels name, `key` what it is called by: its fingerprint and when it began."""

    key: str
    name: str
    summary: str
    severity: Severity
    state: Literal["firing", "resolved"]
    since: datetime
    ended: datetime | None
    about: tuple[str, ...]


def hook_alerts(document: Mapping[str, Any]) -> tuple[HookAlert, ...]:
    """The alerts of the body, in its order. Raises HookError; every text is one line of at most LONGEST characters without controls."""
    if document.get("version") != "4":
        said = "its version is missing" if "version" not in document else f"its version is {str(document['version'])[:20]!r}"
        raise HookError(f"this is no message of Alertmanager's webhook: {said}, and poise reads version '4'")
    alerts = document.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        raise HookError("the message has no alerts: a list of at least one is expected under `alerts`")
    if len(alerts) > MOST_ALERTS:
        raise HookError(
            f"the message has {len(alerts)} alerts, and poise takes {MOST_ALERTS}: set max_alerts of the receiver, or group finer"
        )
    group = document.get("groupKey")
    return tuple(_alert(each, place, group if isinstance(group, str) else "") for place, each in enumerate(alerts))


def _alert(alert: Any, place: int, group: str) -> HookAlert:
    where = f"alerts[{place}]"
    if not isinstance(alert, Mapping):
        raise HookError(f"{where} is no object")
    labels, notes = _texts(alert, "labels", where), _texts(alert, "annotations", where)
    state = alert.get("status")
    if state not in ("firing", "resolved"):
        raise HookError(f"{where}.status is {str(state)[:20]!r}: firing or resolved are expected")
    since = _instant(alert.get("startsAt"), f"{where}.startsAt")
    ended = _instant(alert.get("endsAt"), f"{where}.endsAt") if state == "resolved" else None
    name = _line(labels.get("alertname", "")) or "an alert without a name"
    fingerprint = alert.get("fingerprint")
    if not isinstance(fingerprint, str) or not fingerprint:
        fingerprint = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
    return HookAlert(
        f"{_line(fingerprint)} {since.isoformat()}",
        name,
        _line(notes.get("summary") or notes.get("description") or name),
        SEVERITIES.get(labels.get("severity", "").lower(), "warning"),
        state,
        since,
        None if ended is None else max(ended, since),
        _about(labels) or (f"alert group {_line(group)}",),
    )


def _about(labels: Mapping[str, str]) -> tuple[str, ...]:
    pool = next((labels[key] for key in POOL_LABELS if labels.get(key)), None)
    balancer = next((labels[key] for key in BALANCER_LABELS if labels.get(key)), None)
    said = (("load-balancer", balancer), ("pool", pool))
    return tuple(f"{kind} {_line(name)}" for kind, name in said if name is not None and _line(name))


def _texts(alert: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    found = alert.get(key, {})
    if not isinstance(found, Mapping) or not all(isinstance(v, str) for v in found.values()):
        raise HookError(f"{where}.{key} is no object of texts")
    return found


def _instant(value: object, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        at = None if at is None or at.tzinfo is None or not within_calendar(at) else at.astimezone(UTC)
    except ValueError:
        at = None
    if at is None:
        raise HookError(f"{where} is {str(value)[:40]!r}: an instant as 2026-11-27T03:00:00Z is expected")
    return at


def _line(text: str) -> str:
    return plain(text)[:LONGEST].strip()


def joined(alerts: Sequence[HookAlert]) -> tuple[tuple[HookAlert, ...], ...]:
    """The alerts that belong together: those that share a component, directly or over others, in the order in which they came."""
    groups: list[list[HookAlert]] = []
    for alert in alerts:
        mine = [g for g in groups if any(related(alert.about, other.about) for other in g)]
        groups = [g for g in groups if g not in mine]
        groups.append([*(each for g in mine for each in g), alert])
    return tuple(tuple(g) for g in groups)


def related(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two are about the same: the same pool where both name one, and the same load balancer where both name one."""
    shared = set(one) & set(other)
    for kind in ("pool ", "load-balancer "):
        mine, theirs = {c for c in one if c.startswith(kind)}, {c for c in other if c.startswith(kind)}
        if mine and theirs and not mine & theirs:
            return False
    return bool(shared)
