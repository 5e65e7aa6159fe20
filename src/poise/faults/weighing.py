"""From signs to bits: the log-likelihood ratio of each sign under a fault against an incident of unknown cause."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from functools import lru_cache
from math import log2

from poise.faults.sign import BACKGROUND, Observation, Sign
from poise.model.diagnosis import Hypothesis
from poise.model.evidence import Evidence
from poise.model.fault import Fault
from poise.model.sample import Event

# A change speaks for what it touched only if it came shortly before: on a public set "the latest deploy" was the cause 1 time in 24,
# so it may tip a balance but never carry a verdict.
CHANGE_BITS = 0.5
# A change whose text speaks of the very setting says twice as much besides; that alone is left of one which is old, for effects come a
# day or a month late too.
WORD_BITS = 1.0
CHANGE_HORIZON = timedelta(minutes=10)
# The onset is an estimate from samples a second apart, and a change takes effect at once: allow for the estimate being early.
CHANGE_SLACK = timedelta(seconds=3)
# No sign is certain, whatever its degree: probes, counters and tables of faults are all wrong now and then.
MOST = 0.985
HOPELESS, LEAST_TOLD = -6.0, 0.7
# Signs of one server against its peers: a peer's must not be taken for the candidate's own.
SINGLING = frozenset({"own time one", "one saturated", "server errors", "silent and erring"})


def bits(sign: Sign, probability: float) -> float:
    """log2 of P(sign | fault) / P(sign | some incident). `probability` 0–1: how often the sign shows under the fault."""
    return _bits(sign.degree, probability, BACKGROUND[sign.name])


# Most signs of most candidates are the same as another's: none of them is abnormal at all.
@lru_cache(maxsize=4096)
def _bits(degree: float, probability: float, usual: float) -> float:
    likely, degree = min(max(probability, 1 - MOST), MOST), min(max(degree, 0.0), 1.0)
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
    signs = _signs(observation, tuple(own), component.startswith("server "))
    weighed = [(sign, bits(sign, expects[name])) for name, sign in signs]
    total = prior + sum(worth for _, worth in weighed)
    changes = tuple(_changes(observation, {component, *own, *touches}, fault.changed_by))
    total += sum(change.bits for change in changes)
    # Of a candidate that is out of the question only what put it there is told.
    least = 0.0 if total > HOPELESS else LEAST_TOLD
    evidence = [Evidence(s.observable, s.expected, s.observed, worth, s.source) for s, worth in weighed if abs(worth) >= least]
    ordered = tuple(sorted((*evidence, *changes), key=lambda e: -abs(e.bits)))
    return Hypothesis(fault.name, fault.layer, component, ordered, total)


def _signs(observation: Observation, own: tuple[str, ...], single: bool) -> Sequence[tuple[str, Sign]]:
    """The signs that a candidate with these components is weighed by: the same for all faults of one pool, so read once."""

    def read() -> Sequence[tuple[str, Sign]]:
        near = {*own, *(d for o in own for d in observation.stack.downstream(o))}
        found = ((name, _read(observation, name, near, single and name in SINGLING)) for name in observation.signs)
        return tuple((name, sign) for name, sign in found if sign is not None)

    return observation.memo.of((own, single), (observation.signs,), read)


def _read(observation: Observation, name: str, own: Set[str], alone: bool) -> Sign | None:
    return observation.worst(name, own) or (None if alone else observation.worst(name))


def _changes(observation: Observation, names: Collection[str], words: Collection[str]) -> Iterable[Evidence]:
    """The change that says most among those that precede the onset and touch the candidate."""
    onset = observation.onset
    if onset is None:
        return
    bare = {n.split(" ", 1)[-1] for n in names}
    told = [
        (said, change)
        for change in observation.changes
        if change.component is not None
        and change.component.split(" ", 1)[-1] in bare
        and change.at <= onset + CHANGE_SLACK
        and (said := _says(change, onset, words)) > 0
    ]
    if told:
        said, change = max(told, key=lambda t: (t[0], t[1].at))
        label = f"change to {change.component} before the onset"
        yield Evidence(label, "none", change.text, said, f"change log, {change.at.isoformat()}")


def _says(change: Event, onset: datetime, words: Collection[str]) -> float:
    text = change.text.lower()
    return CHANGE_BITS * (change.at >= onset - CHANGE_HORIZON) + WORD_BITS * any(word in text for word in words)
