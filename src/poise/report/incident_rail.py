"""What stands beside an incident while it lasts: who has which role, which teams are engaged, what is to be done, what changed lately."""

from datetime import datetime, timedelta

from poise.incidents.durations import durations
from poise.incidents.postmortem_tables import clock
from poise.model.incident import Incident
from poise.report.svg import clean

# What changed in the hour before it began, or since, may have begun it.
BEFORE = timedelta(hours=1)


def rail(incident: Incident, now: datetime | None = None) -> list[str]:
    """Roles, teams, tasks, changes, files and links; each only where there is any."""
    lines: list[str] = []
    _add(lines, "Roles", [f"{clean(r.name)}: {clean(r.who)}" for r in incident.roles if r.until is None])
    teams = [
        f"{clean(t.name)}{f' ({t.layer})' if t.layer else ''}: from {clock(t.engaged)}" + (f" to {clock(t.released)}" if t.released else "")
        for t in incident.teams
    ]
    _add(lines, "Teams", teams)
    tasks = []
    for number, t in enumerate(incident.tasks, 1):
        due = "" if t.due is None else f"; due {clock(t.due)}" + (", late" if now is not None and t.state == "open" and t.due < now else "")
        sign = {"open": " ", "done": "x", "dropped": "-"}[t.state]
        tasks.append(f"{number} [{sign}] {clean(t.text)} ({clean(t.owner) if t.owner else 'nobody has it'}{due})")
    _add(lines, "Tasks", tasks)
    start = durations(incident).start
    since = None if start is None else start - BEFORE
    changes = [
        f"{clock(e.at)}  {clean(e.text)}  [{clean(e.source)}]" for e in incident.timeline if e.kind == "change" and since and e.at >= since
    ]
    _add(lines, "Changed since one hour before it began", changes)
    _add(
        lines, "Files", [f"{clean(a.name)}  {a.size_bytes:,} bytes  sha256 {a.sha256[:12]}  [{clean(a.by)}]" for a in incident.attachments]
    )
    _add(lines, "Evidence elsewhere", [f"{clean(x.text)}  {clean(x.url)}".strip() for x in incident.links])
    return lines


def _add(lines: list[str], title: str, rows: list[str]) -> None:
    if rows:
        lines += ["", title, *(f"  {row}" for row in rows)]
