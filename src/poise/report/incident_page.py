"""The incident as one page that needs nothing else: picture, figures, evidence, repair and postmortem in a single file without a script."""

from collections.abc import Mapping
from typing import Any

from poise.incidents.figures import figure, percent
from poise.model.diagnosis import Diagnosis
from poise.model.evidence import Evidence
from poise.model.incident import Incident
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.report.document_page import environment, policy
from poise.report.incident_bars import STATE_SIGNS
from poise.report.incident_page_figures import client_rows, share_rows
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.svg import clean
from poise.report.svg_balance import NARROW, WIDE, svg
from poise.report.svg_series import picture
from poise.report.svg_style import STYLE

BLAMED_SHOWN = 6


def html(incident: Incident, window: Window, diagnosis: Diagnosis | None, plan: Plan | None, postmortem_markdown: str) -> str:
    """The page. Every text of others is cleaned of control characters and escaped; the policy forbids all but the page's own style.

    Wide and narrow screens get a picture each; light and dark follow the reader's setting.
    """
    from markupsafe import Markup  # noqa: PLC0415

    p = picture(incident, window)
    style = PAGE_STYLE + STYLE
    return (
        environment()
        .get_template("incident_page.html.j2")
        .render(
            policy=policy(style),
            style=Markup(style),  # noqa: S704 - a constant of ours
            title=incident.title or "without a title",
            id=incident.id,
            status=incident.status,
            severity=incident.severity or "not set",
            wide=Markup(svg(incident, window, WIDE, standalone=False, name="wide")),  # noqa: S704 - svg escapes each text
            narrow=Markup(svg(incident, window, NARROW, standalone=False, name="narrow")),  # noqa: S704
            pool=p.pool,
            expected_word="Expected" if p.declared else "Even split",
            share_rows=share_rows(p, window),
            client_rows=client_rows(p, window),
            blamed=[] if diagnosis is None else [_blamed(h) for h in diagnosis.hypotheses[:BLAMED_SHOWN]],
            boards=[_board(h) for h in incident.hypotheses] if diagnosis is None else [],
            steps=[] if plan is None else [{"what": s.what, "where": s.where, "command": s.command, "undo": s.undo} for s in plan.steps],
            postmortem=Markup(rendered(postmortem_markdown)),  # noqa: S704 - rendered without HTML, images or links to elsewhere
        )
    )


def rendered(markdown: str) -> str:
    """Markdown as HTML: tables and lists, but neither raw HTML nor images; unsafe schemes of links are not linked."""
    from markdown_it import MarkdownIt  # noqa: PLC0415

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_inline", "html_block", "autolink", "link"])
    # Line ends and structure stay; what clean() strips from single lines is stripped here line by line.
    lines = (" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in markdown.splitlines())
    text: str = parser.render("\n".join(lines))
    # By keyboard a wide table is scrolled only where it can have the focus.
    return text.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>').replace(
        "</table>", "</table></div>"
    )


def _blamed(h: Any) -> Mapping[str, Any]:
    return {
        "rank": h.rank,
        "fault": h.fault,
        "component": h.component,
        "layer": h.layer,
        "probability": percent(h.probability),
        **_sides(h.evidence),
    }


def _board(h: Any) -> Mapping[str, Any]:
    words = {"sign": STATE_SIGNS[h.state], "statement": h.statement, "layer": h.layer, "state": h.state.replace("_", " ")}
    return {**words, **_sides(h.evidence)}


def _sides(evidence: tuple[Evidence, ...]) -> Mapping[str, Any]:
    ranked = sorted(evidence, key=lambda e: -abs(e.bits))
    return {"for_it": [_row(e) for e in ranked if e.bits >= 0], "against": [_row(e) for e in ranked if e.bits < 0]}


def _row(e: Evidence) -> Mapping[str, str]:
    expected = "" if e.expected is None else figure(e.expected, e.observable)
    return {
        "observable": e.observable,
        "expected": expected,
        "observed": figure(e.observed, e.observable),
        "bits": f"{e.bits:+.1f}".replace("-", "−"),
        "source": e.source,
    }
