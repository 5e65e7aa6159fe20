"""A diagnosis that a tired person understands in ten seconds: who, how sure, why, why not the others, what now. Pure."""

from collections.abc import Iterator

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
    """One piece of evidence: "share of app1: 0.98, expected 0.25 (+12.3 bits)"."""
    expected = f", expected {value(e.expected)}" if e.expected is not None else ""
    return one_line(f"{e.observable}: {value(e.observed)}{expected} ({e.bits:+.1f} bits)")


def value(figure: float | str | None) -> str:
    """A figure in at most four digits, or the word; None is "not measured"."""
    return "not measured" if figure is None else figure if isinstance(figure, str) else f"{figure:.4g}"


def _others(d: Diagnosis, ink: Ink) -> Iterator[str]:
    """The best hypothesis of every other layer, with what speaks against it most."""
    if not d.hypotheses:
        return
    seen: dict[Layer, Hypothesis] = {}
    for h in d.hypotheses[1:]:
        if h.layer not in (d.best.layer, "none"):
            seen.setdefault(h.layer, h)
    if not seen:
        return
    yield ""
    yield ink.paint("  Why not the others" if d.verdict == "fault" else "  The others", "dim")
    for layer, h in list(seen.items())[:MOST_OTHERS]:
        against = min(h.evidence, key=lambda e: e.bits, default=None)
        reason = f": {evidence(against)}" if against and against.bits < 0 else ""
        yield f"  {likelihood(h.probability):>6}  {_layer(layer)}, {one_line(h.fault).replace('-', ' ')}{reason}"


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
