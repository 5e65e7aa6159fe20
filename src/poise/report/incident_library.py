"""The library: every incident as one bar, the longest on the wrong track first; lengths as dots; what comes again; items that stay open."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import log10

from poise.incidents.digest import digest, wrong_minutes
from poise.incidents.durations import durations, words
from poise.model.incident import Incident
from poise.report.document_page import document_page, environment
from poise.report.incident_page import rendered
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.incident_view import VIEW_STYLE
from poise.report.svg import box, escape, label, n
from poise.report.svg_incident import bar

BAR, DOTS = 520.0, 760.0
# Of more nobody compares bars; the search finds the others.
MOST = 100
FIGURES = (
    ("Start to detection", "to_detect"),
    ("Detection to cause", "to_cause"),
    ("On the wrong track", "wrong"),
    ("Whole length", "whole"),
)


def library_page(incidents: Sequence[Incident], now: datetime) -> str:
    """The library as one file without a script."""
    return document_page(f"<h1>Incidents</h1>{library_body(incidents, now)}", "Incidents", PAGE_STYLE + VIEW_STYLE)


def digest_page(markdown: str) -> str:
    """The digest as one file without a script."""
    return document_page(rendered(markdown), "What the incidents teach", PAGE_STYLE)


def library_body(incidents: Sequence[Incident], now: datetime, link: Mapping[str, str] | None = None) -> str:
    """The part below the heading, as HTML. `link` has the address of each incident's page."""
    from markupsafe import Markup  # noqa: PLC0415

    ranked = sorted(incidents, key=lambda i: -wrong_minutes(i, now))[:MOST]
    taught = rendered(digest(incidents, now).split("\n## Causes", 1)[1])
    return (
        environment()
        .get_template("incident_library.html.j2")
        .render(
            count=len(incidents),
            rows=[
                {
                    "href": (link or {}).get(i.id),
                    "title": i.title or i.id,
                    "status": i.status,
                    "began": _began(i),
                    "wrong": words(timedelta(minutes=wrong_minutes(i, now))),
                    "bar": Markup(bar(i, BAR, f"bar-{place}", now)),  # noqa: S704 - svg escapes each text
                }
                for place, i in enumerate(ranked)
            ],
            dots=Markup(dots(incidents)),  # noqa: S704 - svg escapes each text
            taught=Markup(f"<h2>Causes</h2>{taught}"),  # noqa: S704 - rendered without HTML, images or links to elsewhere
        )
    )


def dots(incidents: Sequence[Incident]) -> str:
    """One row a figure, one dot an incident, on a scale of powers of ten: lengths of incidents have no useful mean."""
    rows = [(name, _values(incidents, key)) for name, key in FIGURES]
    longest = max((m for _, row in rows for _, m in row), default=1.0)
    left, right, high = 150.0, DOTS - 20.0, 30.0

    def x(minutes: float) -> float:
        return left + log10(1 + max(minutes, 0.0)) / log10(1 + max(longest, 1.0)) * (right - left)

    shapes: list[str] = []
    for place, (name, row) in enumerate(rows):
        y = 20 + place * high
        shapes.append(label(left - 8, y + 4, name, "t", "end"))
        shapes.append(f'<path d="M{n(left)} {n(y)}H{n(right)}" class="g"/>')
        shapes += [
            f'<circle cx="{n(x(m))}" cy="{n(y)}" r="5" class="fblue">'
            f"<title>{escape(f'{title}: {words(timedelta(minutes=m))}')}</title></circle>"
            for title, m in row
        ]
    bottom = 20 + len(rows) * high
    ticks = [m for m in (1, 10, 60, 600, 6000) if m <= longest]
    shapes += [label(x(m), bottom, words(timedelta(minutes=m)), "q", "middle") for m in ticks]
    told = "; ".join(
        f"{name}: {', '.join(words(timedelta(minutes=m)) for _, m in sorted(row, key=lambda r: r[1]))}" for name, row in rows if row
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(DOTS)} {n(bottom + 14)}" width="{n(DOTS)}" '
        f'height="{n(bottom + 14)}" role="img" aria-labelledby="dots"><title id="dots">{escape(told or "No length is known")}</title>'
        f"{box(0, 0, DOTS, bottom + 14, 'bg', radius=0)}{''.join(shapes)}</svg>"
    )


def _values(incidents: Sequence[Incident], key: str) -> list[tuple[str, float]]:
    found = []
    for incident in incidents:
        d = durations(incident)
        spans = {"to_detect": d.to_detect, "to_cause": d.to_cause, "wrong": d.wrong, "whole": d.to_resolve or d.to_mitigate}
        span = spans[key]
        if span is not None and span >= timedelta():
            found.append((incident.title or incident.id, span.total_seconds() / 60))
    return found


def _began(incident: Incident) -> str:
    start = durations(incident).start
    return "start not known" if start is None else f"{start.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
