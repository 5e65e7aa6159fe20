"""The incident page: the picture, the rail beside it, and the board; as one file without a script, and as a part of the dashboard."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from poise.incidents.durations import durations, words
from poise.incidents.figures import evidence_words, percent
from poise.incidents.lessons_said import lesson_of
from poise.incidents.lifecycle import TIME_WORDS
from poise.incidents.postmortem_tables import clock
from poise.incidents.segments import segments
from poise.incidents.similar import Similar
from poise.model.incident import ActionItem, BoardHypothesis, Incident
from poise.model.response import Task
from poise.model.sample import Stack, Window
from poise.report.document_page import document_page, environment
from poise.report.incident_bars import STATE_SIGNS
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.incident_rail import BEFORE
from poise.report.svg import clean
from poise.report.svg_incident import incident_svg, spent_words
from poise.report.svg_style import STYLE

WIDE, NARROW = 1000.0, 390.0
# What the parts of the page need beyond the pictures' style; its classes begin with iv, as the dashboard has classes of its own.
VIEW_STYLE = (
    STYLE
    + """
.s0{fill:#3f6f9f}.s1{fill:#a9c3dc}.s2{fill:#d3dae2}.s3{fill:#7d9dbd}.s4{fill:#5f7f9f}.s5{fill:#c3d0de}
@media (prefers-color-scheme:dark){.s0{fill:#6f94b9}.s1{fill:#3a4f66}.s2{fill:#3a444f}.s3{fill:#8fb0d0}.s4{fill:#53708f}.s5{fill:#2f3d4c}}
.could{fill:var(--bg);stroke:var(--ink);stroke-width:2}
.iv-wide svg,.iv-narrow svg{width:100%;height:auto;display:block}.iv-narrow{display:none}
.iv-grid{display:grid;gap:0 32px}@media (min-width:900px){.iv-grid{grid-template-columns:1fr 1fr}}
.iv-over{margin:0;font-size:14px}.iv-list{list-style:none;margin:0 0 12px;padding:0}.iv-list li{padding:3px 0}
.iv-empty{color:#b02a00;font-weight:700}@media (prefers-color-scheme:dark){.iv-empty{color:#ff8a5f}}
.iv-bar svg{max-width:100%;height:auto;display:block}.iv-at{white-space:nowrap}
.iv-grid h2,.iv-part h2{font-size:17px;margin:20px 0 6px}.iv-scroll{overflow-x:auto}
@media (max-width:700px){.iv-wide{display:none}.iv-narrow{display:block}}
"""
)


def incident_view(
    incident: Incident, window: Window | None, now: datetime, alike: Sequence[Similar] = (), link: Mapping[str, str] | None = None
) -> str:
    """The page as one file: a policy that allows its own style and nothing else; every text of others cleaned and escaped."""
    title = incident.title or "without a title"
    body = f"<h1>{clean_escaped(title)}</h1>{view_body(incident, window, now, alike, link)}"
    return document_page(body, f"{title} – incident {incident.id}", PAGE_STYLE + VIEW_STYLE)


def view_body(
    incident: Incident, window: Window | None, now: datetime, alike: Sequence[Similar] = (), link: Mapping[str, str] | None = None
) -> str:
    """The part below the heading, as HTML: escaped, and of our own elements only. `link` has addresses by incident, for what is similar."""
    from markupsafe import Markup  # noqa: PLC0415

    seen = window or Window(Stack(), now)
    start = durations(incident).start
    since = None if start is None else start - BEFORE
    return (
        environment()
        .get_template("incident_view.html.j2")
        .render(
            i=incident,
            spent=spent_words(segments(incident, now)),
            wide=Markup(incident_svg(incident, seen, WIDE, "wide", now)),  # noqa: S704 - svg escapes each text
            narrow=Markup(incident_svg(incident, seen, NARROW, "narrow", now)),  # noqa: S704
            times=[(TIME_WORDS[name], clock(t.at), t.source) for name, t in incident.times.items()],
            impact=_impact(incident),
            board=[_hypothesis(h, now) for h in incident.hypotheses],
            roles=[f"{r.name}: {r.who}" for r in incident.roles if r.until is None],
            teams=[_team(t.name, t.layer, t.engaged, t.released) for t in incident.teams],
            tasks=[_task(t, now) for t in incident.tasks],
            changes=[(clock(e.at), e.text, e.source) for e in incident.timeline if e.kind == "change" and since and e.at >= since],
            alike=[_alike(s, link or {}) for s in alike],
            alike_said=_alike_said(alike),
            actions=[_action(a) for a in incident.action_items],
            timeline=[(clock(e.at), e.kind, e.text, e.source) for e in incident.timeline if lesson_of(e) is None],
            lessons=[e.text for e in incident.timeline if lesson_of(e) is not None],
        )
    )


def clean_escaped(text: str) -> str:
    """A text of others for an element."""
    from markupsafe import escape  # noqa: PLC0415

    return str(escape(clean(text)))


def _impact(incident: Incident) -> list[tuple[str, str]]:
    i = incident.impact
    rows = [
        ("Requests that failed", None if i.requests_failed is None else f"{i.requests_failed:,}"),
        ("Share of the requests", None if i.share_of_requests is None else percent(i.share_of_requests)),
        ("Clients", None if i.clients is None else f"{i.clients:,}"),
        ("Share of the clients", None if i.share_of_clients is None else percent(i.share_of_clients)),
        ("Cost", None if i.cost is None else f"{i.cost:,.2f}"),
    ]
    return [(name, value) for name, value in rows if value is not None]


def _hypothesis(h: BoardHypothesis, now: datetime) -> Mapping[str, Any]:
    could = h.could_rule_out
    saved = "" if could is None or h.closed is None or h.closed <= could.at else f", {words(h.closed - could.at)} earlier"
    return {
        "sign": STATE_SIGNS[h.state],
        "statement": h.statement,
        "layer": h.layer,
        "state": h.state.replace("_", " "),
        "spent": words(timedelta(minutes=h.minutes_at(now))),
        "owner": h.owner,
        "for_it": [evidence_words(e) for e in h.evidence if e.bits >= 0],
        "against": [evidence_words(e) for e in h.evidence if e.bits < 0],
        "could": None if could is None else f"{clock(could.at)} UTC{saved}",
    }


def _team(name: str, layer: str | None, engaged: datetime, released: datetime | None) -> str:
    until = "" if released is None else f" to {clock(released)}"
    return f"{name}{f' ({layer})' if layer else ''}: from {clock(engaged)}{until}"


def _task(task: Task, now: datetime) -> str:
    late = " – late" if task.state == "open" and task.due is not None and task.due < now else ""
    due = "" if task.due is None else f", due {clock(task.due)}"
    return f"{ {'open': '☐', 'done': '☑', 'dropped': '☒'}[task.state] } {task.text} ({task.owner or 'nobody has it'}{due}){late}"


def _action(item: ActionItem) -> Mapping[str, Any]:
    return {
        "text": item.text,
        "kind": item.kind,
        "owner": item.owner,
        "due": item.due.isoformat() if item.due else None,
        "ticket": item.ticket,
        "state": item.state,
    }


def _alike(s: Similar, link: Mapping[str, str]) -> Mapping[str, Any]:
    title = s.incident.title or s.incident.id
    return {"title": title, "cause": s.cause or "cause not confirmed", "href": link.get(s.incident.id)}


def _alike_said(alike: Sequence[Similar]) -> str:
    """3 similar incidents, load-balancer to blame in 2."""
    causes = [s.cause for s in alike if s.cause]
    most = max(set(causes), key=lambda c: (causes.count(c), c), default=None)
    said = "No similar incident" if not alike else f"{len(alike)} similar incident{'' if len(alike) == 1 else 's'}"
    return said if most is None else f"{said}, {most} to blame in {causes.count(most)}"
