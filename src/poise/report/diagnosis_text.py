"""A diagnosis that a tired person understands in ten seconds: who, how sure, why, why not the others, what now. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping

from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.plan import Plan
from poise.report.fault_words import component, in_words, likelihood, sentence
from poise.report.findings_text import could_not_lines
from poise.report.ink import Ink
from poise.report.printable import one_line

# More lines are not read at four in the morning; the JSON has them all.
MOST_EVIDENCE = 4
MOST_OTHERS = 5
# How advice says which command comes first.
BEGIN = " Begin with: "
PLACEHOLDER = re.compile(r"\b(SERVER|ADDRESS|URL|CONFIG|SOCKET)\b")
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


def text(diagnosis: Diagnosis, plan: Plan | None = None, colour: bool = False, repair: str | None = None) -> str:
    """The answer first: what is wrong in terms of the traffic and where; since when and how sure; what to do now. Then why it is not the
    other layers, a line each, then the evidence and the next look. `repair` is the command that shows and runs the plan's steps."""
    ink = Ink(colour)
    lines = [*_headline(diagnosis, ink), *_do(diagnosis, plan, repair, ink), *_others(diagnosis, ink), *_why(diagnosis, ink)]
    lines += [*_steps(plan, repair, ink), *_next(diagnosis, plan, ink)]
    return "\n".join([*lines, *could_not_lines(diagnosis.could_not, ink)]) + "\n"


def _headline(d: Diagnosis, ink: Ink) -> Iterator[str]:
    span = f"{d.start:%H:%M:%S} to {d.end:%H:%M:%S} UTC"
    if not d.hypotheses:
        yield ink.paint("CANNOT TELL: nothing was measured", "warning") + f" ({span})"
        return
    best = d.best
    if d.verdict == "none":
        yield ink.paint("NO FAULT", "good") + f": the service is well ({span}, {likelihood(best.probability)} sure)"
        return
    if d.verdict == "undetermined" and not any(h.evidence for h in d.hypotheses):
        yield ink.paint("CANNOT TELL: nothing was measured", "warning") + f" ({span})"
        return
    if d.verdict == "undetermined" and best.layer == "none":
        yield ink.paint("CANNOT TELL YET", "warning") + f": no fault shows, and too little was seen to say that all is well ({span})"
        return
    figure = _figure(best)
    if d.verdict == "undetermined":
        yield ink.paint("CANNOT TELL YET", "warning") + f": most likely the {_layer(best.layer)}: {sentence(best)}{figure}"
    else:
        yield f"{ink.paint(_layer(best.layer).upper(), 'error')}: {sentence(best)}{figure}"
    yield f"  {since(d)}; {_sure(d)}"


def _sure(d: Diagnosis) -> str:
    """How sure of the layer, and of the fault where that is less: who is to be woken is often clear before what it is."""
    mine = d.best.probability
    layer = min(1.0, sum(h.probability for h in d.hypotheses if h.layer == d.best.layer))
    if likelihood(layer) == likelihood(mine):
        return f"{likelihood(mine)} sure ({in_words(mine)})"
    return f"{likelihood(layer)} sure ({in_words(layer)}) that it is the {_layer(d.best.layer)}, {likelihood(mine)} that it is this"


def since(d: Diagnosis) -> str:
    """Since when, as the beginning of a sentence."""
    if d.onset is None:
        return f"Since before {d.start:%H:%M:%S} UTC, as far as was looked back"
    day = f"{d.onset:%Y-%m-%d} " if d.onset.date() != d.end.date() else ""
    return f"Since {day}{d.onset:%H:%M:%S} UTC, {span_words((d.end - d.onset).total_seconds())} before the last look"


def span_words(seconds: float) -> str:
    """A span as people say it."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _figure(h: Hypothesis) -> str:
    """The figure that speaks for it most, in brackets."""
    told = max((e for e in h.evidence if e.bits > LEAST_BITS), key=lambda e: e.bits, default=None)
    return "" if told is None else f" ({figures(told)})"


def _do(d: Diagnosis, plan: Plan | None, repair: str | None, ink: Ink) -> Iterator[str]:
    """One thing to do now."""
    if d.verdict == "none" or not d.hypotheses:
        return
    if plan is not None and plan.steps and repair is not None:
        yield f"  {ink.paint('Do now', 'strong')}: {one_line(repair)}  (shows {_counted(plan)}; with --apply it runs and proves them)"
    elif plan is not None and not plan.steps:
        act, begin = advised(d, plan)
        yield f"  {ink.paint('Do now', 'strong')}: {one_line(begin or act)}"
        if begin:
            yield f"          {one_line(act)}"
    elif plan is None and d.next and d.next[0].command:
        yield f"  {ink.paint('Look now', 'strong')}: {one_line(d.next[0].command)}  ({one_line(d.next[0].test)})"


def advised(d: Diagnosis, plan: Plan) -> tuple[str, str]:
    """What the advice says to do, and the command to begin with: with real names, where the advice has words to fill in."""
    act, _, begin = (plan.advice or "nothing that poise can do to the load balancer repairs this").partition(BEGIN)
    real = d.next[0].command if d.next and plan.fault in d.next[0].would_settle else ""
    return act, real if real and PLACEHOLDER.search(begin) else begin


def _counted(plan: Plan) -> str:
    return f"its {len(plan.steps)} steps" if len(plan.steps) > 1 else "its one step"


def _why(d: Diagnosis, ink: Ink) -> Iterator[str]:
    if not d.hypotheses or not d.best.evidence:
        return
    strongest = sorted(d.best.evidence, key=lambda e: -abs(e.bits))[:MOST_EVIDENCE]
    yield ""
    yield ink.paint(f"  What speaks for and against it: {_words(d.best)} at {component(d.best)}", "dim")
    for e in strongest:
        side = ink.paint("for    ", "good") if e.bits >= 0 else ink.paint("against", "error")
        yield f"  {side}  {evidence(e)}"


def evidence(e: Evidence) -> str:
    """One piece of evidence: "share of app1: 98 %, expected 25 % (+12.3 bits)"; "as expected" where no difference can be read."""
    return f"{figures(e)} ({e.bits:+.1f} bits)"


def figures(e: Evidence) -> str:
    """The same without its weight."""
    ratio = RATIO.search(e.observable) is not None
    observed, expected = value(e.observed, ratio), value(e.expected, ratio)
    beside = "" if e.expected is None else ", as expected" if observed == expected else f", expected {expected}"
    return one_line(f"{e.observable}: {observed}{beside}")


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
        told = ((h, found) for h in hypotheses if (found := _against(h, explained)) is not None)
        h, against = next(told, (hypotheses[0], None))
        said = f"{_words(h)}: {evidence(against)}" if against is not None else _words(h)
        yield f"  {likelihood(hypotheses[0].probability):>6}  {_layer(layer)}, {said}"


def _against(h: Hypothesis, explained: Collection[str]) -> Evidence | None:
    """What rules it out: a figure of its own layer, one of others only where there is none. What the leader explains speaks against all
    alike and tells them apart from nothing."""
    speaks = [e for e in h.evidence if e.bits < -LEAST_BITS and e.observable not in explained]
    own = [e for e in speaks if any(words in e.source for words in OWN.get(h.layer, ()))]
    return min(own or speaks, key=lambda e: e.bits, default=None)


def _words(h: Hypothesis) -> str:
    return one_line(h.fault).replace("-", " ")


def _steps(plan: Plan | None, repair: str | None, ink: Ink) -> Iterator[str]:
    if plan is None or not plan.steps or repair is not None:
        return
    yield ""
    for number, step in enumerate(plan.steps, 1):
        label = ink.paint("Do", "strong") if number == 1 else "  "
        yield f"  {label}   {number}. {one_line(step.what)}: {one_line(step.command)}"
    if plan.risk:
        yield f"       risk: {one_line(plan.risk)}"


def _next(d: Diagnosis, plan: Plan | None, ink: Ink) -> Iterator[str]:
    if d.verdict == "none" or not d.next:
        return
    look = d.next[0]
    yield ""
    settles = f", would settle {', '.join(one_line(f) for f in look.would_settle)}" if look.would_settle else ""
    yield f"  {ink.paint('Look', 'strong')} {one_line(look.test)} ({look.seconds:g} s{settles})"
    if look.command and plan is not None:
        yield f"       {one_line(look.command)}"


def _layer(layer: Layer) -> str:
    return layer.replace("-", " ")
