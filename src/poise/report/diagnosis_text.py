"""A diagnosis that a tired person understands in ten seconds: who, how sure, why, why not the others, what now. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping

from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.plan import Plan
from poise.report.findings_text import could_not_lines
from poise.report.ink import Ink
from poise.report.printable import one_line

# More lines are not read at four in the morning; the JSON has them all.
MOST_EVIDENCE = 4
MOST_OTHERS = 4
MOST_REASONS = 3
# Less than this rules nothing in or out: a quiet figure speaks a little for every fault that leaves it quiet.
LEAST_BITS = 0.5
# Figures of which the observable says that they are parts of a whole; a percentage is read faster than 0.9767.
RATIO = re.compile(r"\b(share|ratio)\b")
# What each layer measures of itself, as its evidence names the source: only that rules it in or out without the leader's help.
OWN: Mapping[Layer, tuple[str, ...]] = {
    "load-balancer": ("weight", "configuration", "control socket", "state of", "maxconn", "queue", "sessions", "requests_total over"),
    "application": ("in_flight", "application response_ms", "responses_5xx_total", "state of"),
    "database": ("statement_ms", "lock_waits", "active", "connections"),
    "network": ("probe ",),
    "demand": ("requests_per_second",),
    "outside": ("client ", "success_ratio"),
}


def text(diagnosis: Diagnosis, plan: Plan | None = None, colour: bool = False) -> str:
    """The answer first, then its evidence, then why it is not the other layers, then the plan or the next look."""
    ink = Ink(colour)
    lines = [*_headline(diagnosis, ink), *_why(diagnosis, ink), *_others(diagnosis, ink), *_plan(plan, ink), *_next(diagnosis, ink)]
    return "\n".join([*lines, *could_not_lines(diagnosis.could_not, ink)]) + "\n"


def likelihood(probability: float) -> str:
    """A probability as whole per cent; nothing is ever 0 or 100."""
    return "< 1 %" if probability < 0.01 else "> 99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")


def _headline(d: Diagnosis, ink: Ink) -> Iterator[str]:
    span = f"{d.start:%H:%M:%S} to {d.end:%H:%M:%S} UTC"
    if not d.hypotheses:
        yield ink.paint("CANNOT TELL: nothing was measured", "warning") + f" ({span})"
        return
    best = d.best
    if d.verdict == "none":
        yield ink.paint("NO FAULT", "good") + f": the service is well ({span}, {likelihood(best.probability)} sure)"
        return
    onset = f", since {d.onset:%H:%M:%S} UTC" if d.onset else ""
    words = f"{one_line(best.fault).replace('-', ' ')} at {one_line(best.component)}"
    if d.verdict == "undetermined" and not any(h.evidence for h in d.hypotheses):
        yield ink.paint("CANNOT TELL: nothing was measured", "warning") + f" ({span})"
        return
    if d.verdict == "undetermined" and best.layer == "none":
        yield ink.paint("CANNOT TELL YET", "warning") + f": no fault shows, and too little was seen to say that all is well ({span})"
        return
    if d.verdict == "undetermined":
        yield (
            ink.paint("CANNOT TELL YET", "warning") + f": most likely {_layer(best.layer)} ({words}, {likelihood(best.probability)}){onset}"
        )
        return
    yield f"{ink.paint(_layer(best.layer).upper(), 'error')}: {words}{onset} ({likelihood(best.probability)} sure)"


def _why(d: Diagnosis, ink: Ink) -> Iterator[str]:
    if not d.hypotheses or not d.best.evidence:
        return
    strongest = sorted(d.best.evidence, key=lambda e: -abs(e.bits))[:MOST_EVIDENCE]
    yield ""
    for e in strongest:
        side = ink.paint("for    ", "good") if e.bits >= 0 else ink.paint("against", "error")
        yield f"  {side}  {evidence(e)}"


def evidence(e: Evidence) -> str:
    """One piece of evidence: "share of app1: 98 %, expected 25 % (+12.3 bits)"; "as expected" where no difference can be read."""
    ratio = RATIO.search(e.observable) is not None
    observed, expected = value(e.observed, ratio), value(e.expected, ratio)
    beside = "" if e.expected is None else ", as expected" if observed == expected else f", expected {expected}"
    return one_line(f"{e.observable}: {observed}{beside} ({e.bits:+.1f} bits)")


def value(figure: float | str | None, ratio: bool = False) -> str:
    """A figure in at most four digits, a ratio as per cent, or the word; None is "not measured"."""
    if figure is None or isinstance(figure, str):
        return "not measured" if figure is None else figure
    if not ratio or not 0 <= figure <= 1:
        return f"{figure:.4g}"
    per_cent = 100 * figure
    return f"{per_cent:.0f} %" if per_cent == 0 or 10 <= per_cent < 99 or per_cent == 100 else f"{per_cent:.3g} %"


def _others(d: Diagnosis, ink: Ink) -> Iterator[str]:
    """Every other layer with its likeliest faults, and for each what speaks against it most: its own figures before those of others."""
    if not d.hypotheses:
        return
    layers: dict[Layer, list[Hypothesis]] = {}
    for h in d.hypotheses[1:]:
        if h.layer not in (d.best.layer, "none"):
            layers.setdefault(h.layer, []).append(h)
    if not layers:
        return
    explained = {e.observable for e in d.best.evidence if e.bits > LEAST_BITS}
    yield ""
    yield ink.paint("  Why not the others" if d.verdict == "fault" else "  The others", "dim")
    for layer, hypotheses in list(layers.items())[:MOST_OTHERS]:
        told: list[str] = []
        for h in hypotheses:
            against = _against(h, explained)
            if against is not None and len(told) < MOST_REASONS and not any(evidence(against) in line for line in told):
                told.append(f"{_words(h)}: {evidence(against)}")
        first, *rest = told or [_words(hypotheses[0])]
        yield f"  {likelihood(hypotheses[0].probability):>6}  {_layer(layer)}, {first}"
        yield from (f"          {line}" for line in rest)


def _against(h: Hypothesis, explained: Collection[str]) -> Evidence | None:
    """What rules it out: a figure of its own layer, one of others only where there is none. What the leader explains speaks against all
    alike and tells them apart from nothing."""
    speaks = [e for e in h.evidence if e.bits < -LEAST_BITS and e.observable not in explained]
    own = [e for e in speaks if any(words in e.source for words in OWN.get(h.layer, ()))]
    return min(own or speaks, key=lambda e: e.bits, default=None)


def _words(h: Hypothesis) -> str:
    return one_line(h.fault).replace("-", " ")


def _plan(plan: Plan | None, ink: Ink) -> Iterator[str]:
    if plan is None:
        return
    yield ""
    if not plan.steps:
        yield f"  {ink.paint('Do', 'strong')}   {one_line(plan.advice or 'nothing that poise can do to the load balancer repairs this')}"
        return
    for number, step in enumerate(plan.steps, 1):
        label = ink.paint("Do", "strong") if number == 1 else "  "
        yield f"  {label}   {number}. {one_line(step.what)}: {one_line(step.command)}"
    if plan.risk:
        yield f"       risk: {one_line(plan.risk)}"


def _next(d: Diagnosis, ink: Ink) -> Iterator[str]:
    if d.verdict == "none" or not d.next:
        return
    look = d.next[0]
    yield ""
    settles = f", would settle {', '.join(one_line(f) for f in look.would_settle)}" if look.would_settle else ""
    yield f"  {ink.paint('Look', 'strong')} {one_line(look.test)} ({look.seconds:g} s{settles})"
    if look.command:
        yield f"       {one_line(look.command)}"


def _layer(layer: Layer) -> str:
    return layer.replace("-", " ")
