"""From signs to bits: the log-likelihood ratio of each sign under a fault against an incident of unknown cause."""

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import timedelta
from math import log2

from poise.faults.sign import BACKGROUND, Observation, Sign
from poise.model.diagnosis import Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Fault
from poise.model.sample import Event

# A change speaks for what it touched only if it came shortly before: on a public set "the latest deploy" was the cause 1 time in 24,
# so it may tip a balance but never carry a verdict.
CHANGE_BITS = 1.0
CHANGE_HORIZON = timedelta(minutes=10)
# The onset is an estimate from samples a second apart, and a change takes effect at once: allow for the estimate being early.
CHANGE_SLACK = timedelta(seconds=3)
# No sign is certain, whatever its degree: probes, counters and tables of faults are all wrong now and then.
MOST = 0.985
# Signs of one server against its peers: a peer's must not be taken for the candidate's own.
SINGLING = frozenset({"own time one", "one saturated", "server errors"})


def bits(sign: Sign, probability: float) -> float:
    """log2 of P(sign | fault) / P(sign | some incident). `probability` 0–1: how often the sign shows under the fault."""
    likely, usual = min(max(probability, 1 - MOST), MOST), BACKGROUND[sign.name]
    degree = min(max(sign.degree, 0.0), 1.0)
    return log2((likely * degree + (1 - likely) * (1 - degree)) / (usual * degree + (1 - usual) * (1 - degree)))


def hypothesis(
    fault: Fault,
    component: str,
    observation: Observation,
    expects: Mapping[str, float],
    own: Collection[str] = (),
    prior: float = 0.0,
    touches: Collection[str] = (),
) -> Hypothesis:
    """Weigh one candidate. `expects` says how often each sign shows under the fault, 0–1; a sign is read of the `own` components and what
    they send work to where it was measured there, else the worst of the stack; a sign that was not measured adds nothing. Signs that
    single out one server are read of the candidate alone if that is a server.

    `prior` in bits; `touches` are the names a change must carry to count, beside `own`.
    """
    near = {*own, *(d for o in own for d in observation.stack.downstream(o))}
    single = component.startswith("server ")
    read = ((_read(observation, name, near, single and name in SINGLING), p) for name, p in expects.items())
    evidence = [_evidence(sign, p) for sign, p in read if sign is not None]
    evidence.extend(_changes(observation, {component, *own, *touches}))
    total = prior + sum(e.bits for e in evidence)
    ordered = tuple(sorted(evidence, key=lambda e: -abs(e.bits)))
    return Hypothesis(fault.name, fault.layer, component, ordered, total)


def _read(observation: Observation, name: str, own: Set[str], alone: bool) -> Sign | None:
    return observation.worst(name, own) or (None if alone else observation.worst(name))


def _evidence(sign: Sign, probability: float) -> Evidence:
    return Evidence(sign.observable, sign.expected, sign.observed, bits(sign, probability), sign.source)


def _changes(observation: Observation, names: Collection[str]) -> Iterable[Evidence]:
    onset = observation.onset
    if onset is None:
        return
    bare = {n.split(" ", 1)[-1] for n in names}
    touching = [
        c
        for c in observation.changes
        if c.component is not None and c.component.split(" ", 1)[-1] in bare and onset - CHANGE_HORIZON <= c.at <= onset + CHANGE_SLACK
    ]
    if touching:
        yield _change(touching[-1])


def _change(event: Event) -> Evidence:
    return Evidence(f"change to {event.component} before the onset", "none", event.text, CHANGE_BITS, f"change log, {event.at.isoformat()}")
