"""A diagnosis that a tired person understands in ten seconds: who, how sure, why, why not the others, what now. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping

from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.plan import Plan
from poise.report.fault_words import component, in_words, likelihood, remedy, sentence
from poise.report.figures_in_words import cut, evidence, figures
from poise.report.findings_text import could_not_lines
from poise.report.ink import Ink
from poise.report.printable import one_line

# More lines are not read at four in the morning; the JSON has them all.
MOST_EVIDENCE = 4
MOST_OTHERS = 5
# How advice says which command comes first.
BEGIN = " Begin with: "
PLACEHOLDER = re.compile(r"\b(SERVER|ADDRESS|URL|CONFIG|SOCKET|ADMIN|NAME)\b")
# A command of psql up to its query.
REACHED = re.compile(r"psql (?:'[^']*'|\S+) -c ")
WORTH_NAMING = 0.02
MOST_ALIKE = 3
# Less than this rules nothing in or out: a quiet figure speaks a little for every fault that leaves it quiet.
LEAST_BITS = 0.5
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
    """The answer first: what is wrong in terms of the traffic and where; since when and how sure; what to do now. Then what speaks for it,
    why it is not the other layers, a line each, and the next look. `repair` is the command that shows and runs the plan's steps. Of a
    trouble that is over: from when to when, and what keeps it from coming back."""
    ink = Ink(colour)
    if diagnosis.ended is not None:
        plan, repair = None, None
    lines = [*_headline(diagnosis, ink), *_do(diagnosis, plan, repair, ink), *_steps(plan, repair, ink), *_differences(diagnosis, ink)]
    lines += [*_why(diagnosis, ink), *_others(diagnosis, ink), *_next(diagnosis, plan, ink)]
    return "\n".join([*lines, *could_not_lines(diagnosis.could_not, ink)]) + "\n"


def _headline(d: Diagnosis, ink: Ink) -> Iterator[str]:
    span = f"{d.start:%H:%M:%S} to {d.end:%H:%M:%S} UTC"
    if nothing_measured(d):
        yield ink.paint("CANNOT TELL: nothing was measured", "warning") + ("; what stood in the way is below" if d.could_not else "")
        return
    best = d.best
    if d.verdict == "none":
        yield ink.paint("NO FAULT", "good") + f": the service is well ({span}, {likelihood(best.probability)} sure)"
        return
    if d.verdict == "undetermined" and best.layer == "none":
        yield ink.paint("CANNOT TELL YET", "warning") + f": no fault shows, and too little was seen to say that all is well ({span})"
        return
    figure = _figure(best)
    if d.ended is not None:
        began = f"{d.onset:%H:%M:%S}" if d.onset is not None else f"before {d.start:%H:%M:%S}"
        yield (
            f"{ink.paint('OVER, nothing is wrong now', 'good')}. From {began} to {d.ended:%H:%M:%S} UTC it was the {_layer(best.layer)}: "
            + (f"{sentence(best)}{figure}")
        )
        yield f"  {lasted(d)}; {_sure(d)}"
        return
    if d.verdict == "undetermined":
        yield ink.paint("CANNOT TELL YET", "warning") + f": most likely the {_layer(best.layer)}: {sentence(best)}{figure}"
    else:
        yield f"{ink.paint(_layer(best.layer).upper(), 'error')}: {sentence(best)}{figure}"
    sure = _sure(d) if d.verdict != "undetermined" else f"{likelihood(best.probability)} by what was seen, which is too little to be sure"
    yield f"  {since(d)}; {sure}"


def _sure(d: Diagnosis) -> str:
    """How sure of the layer, and of the fault where that is less: who is to be woken is often clear before what it is."""
    mine = d.best.probability
    layer = min(1.0, sum(h.probability for h in d.hypotheses if h.layer == d.best.layer))
    if likelihood(layer) == likelihood(mine):
        return f"{likelihood(mine)} sure ({in_words(mine)})"
    return f"{likelihood(layer)} sure ({in_words(layer)}) that it is the {_layer(d.best.layer)}, {likelihood(mine)} that it is this"


def nothing_measured(d: Diagnosis) -> bool:
    """Whether no figure was there to judge by."""
    return d.verdict == "undetermined" and not any(h.evidence for h in d.hypotheses)


def lasted(d: Diagnosis) -> str:
    """How long a trouble that is over lasted, and for how long it has been over."""
    ended = d.ended or d.end
    least, began = ("It lasted", d.onset) if d.onset is not None else ("It lasted at least", d.start)
    return f"{least} {span_words((ended - began).total_seconds())}; well since, for {span_words((d.end - ended).total_seconds())}"


def since(d: Diagnosis) -> str:
    """Since when, as the beginning of a sentence."""
    if d.ended is not None:
        return f"{f'From {d.onset:%H:%M:%S}' if d.onset is not None else 'Until'} to {d.ended:%H:%M:%S} UTC. {lasted(d)}".replace(
            "Until to", "Until"
        )
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
    if d.verdict == "none" or nothing_measured(d):
        return
    if d.ended is not None:
        yield f"  {ink.paint('Nothing to repair now', 'strong')}. So that it does not come back: {one_line(remedy(d.best))}"
    elif plan is not None and plan.steps and repair is not None:
        yield f"  {ink.paint('Do now', 'strong')}: {one_line(repair)}  (shows {_counted(plan)}; with --apply it runs and proves them)"
    elif plan is not None and plan.steps:
        yield f"  {ink.paint('Do now', 'strong')}: {_counted(plan)[4:]}:"
    elif plan is not None:
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
    if begin.startswith("psql -c "):
        reached = next((found[0] for n in d.next if (found := REACHED.match(n.command)) is not None), "psql -c ")
        return act, reached + begin.removeprefix("psql -c ")
    return act, real if real and PLACEHOLDER.search(begin) else begin


def _differences(d: Diagnosis, ink: Ink) -> Iterator[str]:
    """What load balancers with the same servers do differently: what is about the pool to blame first."""
    if d.differences:
        yield ""
        yield ink.paint("  The load balancers differ", "dim")
    for told in sorted(d.differences, key=lambda told: not d.hypotheses or not told.startswith(f"{d.best.component}:"))[:MOST_OTHERS]:
        yield f"    {cut(told)}"


def _counted(plan: Plan) -> str:
    return f"its {len(plan.steps)} steps" if len(plan.steps) > 1 else "its one step"


def _why(d: Diagnosis, ink: Ink) -> Iterator[str]:
    if not d.hypotheses or not d.best.evidence:
        return
    strongest = sorted(d.best.evidence, key=lambda e: -abs(e.bits))[:MOST_EVIDENCE]
    yield ""
    yield ink.paint("  What was seen" if d.best.layer == "none" else f"  Why {_words(d.best)} at {component(d.best)}", "dim")
    for e in strongest:
        side = ink.paint("for", "good") + "    " if e.bits >= 0 else ink.paint("against", "error")
        yield f"  {side}  {evidence(e)}"


def _others(d: Diagnosis, ink: Ink) -> Iterator[str]:
    """Every other layer with its likeliest faults, and for each what speaks against it most: its own figures before those of others."""
    if d.verdict == "none" or nothing_measured(d):
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
        # The fault is worth its words where it may yet be the one; else what rules the layer out is.
        named = f", {_words(h)}" if hypotheses[0].probability >= WORTH_NAMING and h.fault != layer else ""
        said = f": {cut(figures(against))}" if against is not None else ""
        yield f"  {likelihood(hypotheses[0].probability):>6}  {_layer(layer)}{named}{said}"


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
    numbered = [(number, step) for number, step in enumerate(plan.steps, 1)]
    alike = [each for each in numbered if each[1].where == "runtime"]
    # A pool of fifty servers has fifty steps of one kind: the first few tell how, `poise fix` and the JSON have them all.
    left_out = alike[MOST_ALIKE:] if len(alike) > MOST_ALIKE + 1 else []
    for number, step in numbered:
        if (number, step) in left_out:
            if (number, step) == left_out[0]:
                yield f"    …  {len(left_out)} more like these, to {one_line(left_out[-1][1].command)}"
            continue
        yield f"    {number}. {one_line(step.what)}"
        yield f"       {one_line(step.command)}"
    if plan.risk:
        yield f"    risk: {one_line(plan.risk)}"


def _next(d: Diagnosis, plan: Plan | None, ink: Ink) -> Iterator[str]:
    if d.verdict == "none" or d.ended is not None or nothing_measured(d) or not d.hypotheses:
        return
    begun = advised(d, plan)[1] if plan is not None and not plan.steps else ""
    # What was told as the first thing to do is not told again.
    open_ones = {h.fault for h in d.hypotheses if h is d.best or h.probability >= WORTH_NAMING}
    told = (n for n in d.next if n.command != begun and (plan is not None or n is not d.next[0]))
    look = next((n for n in told if not open_ones.isdisjoint(n.would_settle)), None)
    if look is None:
        return
    yield ""
    settles = f", would settle {', '.join(one_line(f) for f in look.would_settle)}" if look.would_settle else ""
    yield f"  {ink.paint('Look', 'strong')} {one_line(look.test)} ({look.seconds:g} s{settles})"
    if look.command:
        yield f"       {one_line(look.command)}"


def _layer(layer: Layer) -> str:
    return layer.replace("-", " ")
