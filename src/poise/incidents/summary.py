"""An incident in one line: what lists of thousands show of each."""

from datetime import datetime, timedelta

from poise.incidents.durations import durations
from poise.model.incident import Incident, Status
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """`start` is that of the impact, else detection; `lasted` None while it lasts."""

    id: str
    title: str
    severity: str
    status: Status
    start: datetime | None
    lasted: timedelta | None


def summary(incident: Incident) -> Summary:
    """The line of this incident."""
    spent = durations(incident)
    return Summary(incident.id, incident.title, incident.severity, incident.status, spent.start, spent.to_resolve or spent.to_mitigate)
