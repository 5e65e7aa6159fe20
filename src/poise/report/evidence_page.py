"""A page of evidence for each team, and the one that ranks all: files that need nothing else and hold no script. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from poise.diagnosis.looks import Look, look
from poise.diagnosis.next_tests import pool_of
from poise.diagnosis.places import places_of, unknown
from poise.diagnosis.several import Looked
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.fault import Layer
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.model.without_secrets import without_userinfo
from poise.report.diagnosis_text import LEAST_BITS, advised, nothing_measured, since
from poise.report.document_page import policy
from poise.report.evidence_charts import bars_svg, chart_svg, said
from poise.report.evidence_figures import charts, shares
from poise.report.evidence_unseen import unseen
from poise.report.evidence_words import NAMES, TEAMS, first_sentence, probability, strength, sure
from poise.report.fault_words import component, likelihood, remedy, sentence
from poise.report.figures_in_words import RATIO, unit_of, value
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.svg import clean
from poise.report.svg_style import STYLE

OWN_STYLE = """
.lead{font-size:22px;line-height:1.4;margin:12px 0}.pic .ok{fill:var(--green);opacity:.16}.pic .on-set{stroke:var(--ink);stroke-width:1.4;
stroke-dasharray:4 3}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:8px 20px}
figure{margin:8px 0}figure svg{width:100%;height:auto;display:block}figcaption{font-size:14px}figcaption span{color:var(--soft)}
pre{background:var(--card);border:1px solid var(--rule);border-radius:4px;padding:8px 10px;margin:4px 0 12px;white-space:pre-wrap;
overflow-wrap:anywhere;user-select:all}pre code{background:none;padding:0}nav a{margin-right:14px}
tr.mine th,tr.mine td{font-weight:700}meter{width:90px}
@media (max-width:700px){.lead{font-size:19px}.scroll table{min-width:0}}
@media print{body{max-width:none;padding:0}nav,.skip{display:none}pre{white-space:pre-wrap}figure,tr,pre{break-inside:avoid}
details:not([open])>*{display:block}a{color:inherit}}
"""
MOST_HYPOTHESES, MOST_EVIDENCE = 4, 12
LOOKS: Mapping[Layer, tuple[str, ...]] = {
    "load-balancer": ("shares", "state", "stat", "accept", "alive"),
    "application": ("healthz", "metrics", "connections"),
    "database": ("waits", "blockers", "limit"),
    "network": ("pings", "retrans clients", "retrans servers", "retrans database", "links"),
}
INDEX = "index.html"
FILES: Mapping[Layer, str] = {team: f"{team}.html" for team in TEAMS}
# By this poise knows its own pages again.
MARK = "<!-- poise evidence page -->"


def pages(diagnosis: Diagnosis, looked: Sequence[Looked], plan: Plan | None) -> Mapping[str, str]:
    """All pages by file name."""
    made = {FILES[team]: team_page(team, diagnosis, looked, plan) for team in TEAMS}
    return {INDEX: index_page(diagnosis, plan, linked=True), **made}


def index_page(d: Diagnosis, plan: Plan | None, linked: bool = False) -> str:
    """The ranking, with a link to each team's page where these stand beside it."""
    return _rendered(
        "evidence_index.html.j2",
        title=_headline(d),
        since=since(d) if d.verdict != "none" else "",
        do=_do(d, plan),
        teams=[{"name": NAMES[t], "file": FILES[t], "sure": sure(probability(t, d))} for t in TEAMS] if linked else [],
        rows=[_row(h) for h in d.hypotheses[:12]],
        best=_sides(d.best) if d.hypotheses else None,
        next=[{"test": n.test, "command": n.command} for n in d.next],
        differences=d.differences,
        could_not=d.could_not,
        window=_window(d),
    )


def team_page(layer: Layer, d: Diagnosis, looked: Sequence[Looked], plan: Plan | None) -> str:
    """The page of one team."""
    from markupsafe import Markup  # noqa: PLC0415 - only for those who write a page

    mine = [h for h in d.hypotheses if h.layer == layer]
    several = len(looked) > 1
    parts = []
    for each in looked:
        own = each.diagnosis if several else d
        drawn = charts(layer, each.window, own)
        parts.append(
            {
                "name": each.name if several else "",
                "charts": [{"svg": Markup(chart_svg(c)), "said": said(c)} for c in drawn],  # noqa: S704 - escapes each text
                "shares": [{"pool": pool, "why": why, "svg": Markup(bars_svg(rows))} for pool, why, rows in shares(each.window, own)]  # noqa: S704
                if layer == "load-balancer"
                else [],
                "unseen": unseen(layer, each.window),
                "looks": _looks(layer, each.window, _most_suspect(mine, each.name if several else None)),
            }
        )
    return _rendered(
        "evidence_page.html.j2",
        team=NAMES[layer],
        lead=first_sentence(layer, d),
        since=since(d) if d.verdict != "none" else "",
        do=_do(d, plan) if d.hypotheses and d.best.layer == layer else None,
        hypotheses=[{**_row(h), **_sides(h)} for h in mine[:MOST_HYPOTHESES]],
        blamed=bool(d.hypotheses) and d.best.layer == layer,
        parts=parts,
        could_not=d.could_not,
        window=_window(d),
        others=[{"name": NAMES[t], "file": FILES[t]} for t in TEAMS if t != layer],
        index=INDEX,
    )


def _looks(layer: Layer, window: Window, component: str) -> list[Look]:
    """What the team can run as it stands; what no place is known for is left out."""
    at = places_of(window, pool_of(component), component)
    return [found for name in LOOKS[layer] if not unknown((found := look(name, at)).command)]


def _most_suspect(mine: Sequence[Hypothesis], name: str | None) -> str:
    return next(
        (h.component for h in mine if h.load_balancer in (name, None) and h.component.partition(" ")[0] in ("pool", "server", "hop")), ""
    )


def _headline(d: Diagnosis) -> str:
    if nothing_measured(d):
        return "poise cannot tell: nothing was measured"
    if d.ended is not None:
        return f"Over, nothing is wrong now. It was {NAMES[d.best.layer]}, {sure(probability(d.best.layer, d))}: {sentence(d.best)}"
    p = sure(probability(d.best.layer, d))
    if d.verdict == "none":
        return f"No fault: the service is well, {p}"
    said_of = f"{NAMES[d.best.layer]}, {p}: {sentence(d.best)}"
    return f"At fault is {said_of}" if d.verdict == "fault" else f"poise cannot tell yet; what leads is {said_of}"


def _do(d: Diagnosis, plan: Plan | None) -> Mapping[str, Any] | None:
    if d.ended is not None and d.verdict == "fault":
        act = f"Nothing to repair now. So that it does not come back: {remedy(d.best)}"
        return {"act": act, "begin": "", "steps": [], "risk": ""}
    if plan is None or d.verdict != "fault":
        return None
    act, begin = advised(d, plan) if plan.advice or not plan.steps else ("", "")
    steps = [{"what": s.what, "where": s.where, "command": s.command, "undo": s.undo} for s in plan.steps]
    return {"act": act, "begin": begin, "steps": steps, "risk": plan.risk}


def _row(h: Hypothesis) -> Mapping[str, Any]:
    return {
        "rank": h.rank,
        "layer": NAMES[h.layer],
        "said": sentence(h),
        "component": component(h),
        "fault": h.fault,
        "probability": likelihood(h.probability),
        "ratio": f"{h.probability:.3f}",
    }


def _sides(h: Hypothesis) -> Mapping[str, Any]:
    ranked = sorted(h.evidence, key=lambda e: -abs(e.bits))
    telling = [e for e in ranked if abs(e.bits) >= LEAST_BITS]
    sides = [[_evidence(e) for e in telling if (e.bits >= 0) == side][:MOST_EVIDENCE] for side in (True, False)]
    return {"for_it": sides[0], "against": sides[1], "hardly": len(ranked) - len(telling)}


def _evidence(e: Any) -> Mapping[str, str]:
    ratio = RATIO.search(e.observable) is not None
    label, unit = unit_of(e.observable)
    expected = "" if e.expected is None else value(e.expected, ratio, unit)
    return {
        "observable": label,
        "expected": expected,
        "observed": value(e.observed, ratio, unit),
        "how": strength(e.bits),
        "source": e.source,
    }


def _window(d: Diagnosis) -> str:
    return "nothing" if nothing_measured(d) else f"{d.start:%Y-%m-%d %H:%M:%S} to {d.end:%H:%M:%S} UTC"


def _rendered(template: str, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only for those who write a page
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("poise.report"), autoescape=True, undefined=StrictUndefined, finalize=_finalized, trim_blocks=True
    )
    style = PAGE_STYLE + STYLE + OWN_STYLE
    ours = {"style": Markup(style), "mark": Markup(MARK)}  # noqa: S704 - constants of ours
    return environment.get_template(template).render(policy=policy(style), **ours, **values)


def _finalized(found: Any) -> Any:
    """Texts of others are cleaned of what cannot be seen and of passwords, then escaped by the template; our own markup passes."""
    return clean(without_userinfo(found)) if type(found) is str else found
