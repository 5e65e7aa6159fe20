"""What poise's own figures say of the hypotheses that people pursue: which could be ruled out, and what to test where nothing new came."""

from datetime import datetime, timedelta

from poise.diagnosis.looks import look
from poise.diagnosis.next_tests import look_for, pool_of
from poise.diagnosis.places import places_of, unknown
from poise.incidents.durations import words
from poise.model.diagnosis import Diagnosis, Hypothesis, NextTest
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.incident import BoardHypothesis, Incident
from poise.model.light import dataclass
from poise.model.sample import Window

# Below this a layer is ruled out, provided that a figure speaks against it: one in fifty is not worth a person's minute.
RULED_OUT = 0.02
# The story this exists for: 135 minutes at the database in which nobody asked what would end them.
QUIET = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A hypothesis without new evidence for `quiet`; `test` would tell most of it, None where nothing that poise knows would."""

    hypothesis: BoardHypothesis
    quiet: timedelta
    test: NextTest | None

    @property
    def said(self) -> str:
        """What its owner is asked, in one line."""
        owner = self.hypothesis.owner or self.hypothesis.opened_by
        asked = f"{owner}: “{self.hypothesis.statement}” ({self.hypothesis.layer}) has had no new evidence for {words(self.quiet)}"
        if self.test is None:
            return f"{asked}; which figure would rule it out?"
        return f"{asked}; next best test: {self.test.test} ({words(timedelta(seconds=self.test.seconds))}): {self.test.command}"


def pursued(incident: Incident) -> tuple[BoardHypothesis, ...]:
    """Those that people pursue: what poise itself suspects has an owner when somebody takes it."""
    return tuple(h for h in incident.hypotheses if h.state in ("open", "supported") and (h.owner or h.opened_by != "poise"))


def speaks_against(diagnosis: Diagnosis, layer: Layer) -> Evidence | None:
    """The strongest figure that rules the layer out; None where the diagnosis does not. What the leader explains speaks against all others
    alike, so that a figure of the layer's own goes before it."""
    mine = [h for h in diagnosis.hypotheses if h.layer == layer]
    if not mine or diagnosis.best.layer == layer or sum(h.probability for h in mine) >= RULED_OUT:
        return None
    explained = {e.observable for e in diagnosis.best.evidence if e.bits > 0}
    against = [e for e in _likeliest(mine).evidence if e.bits < 0]
    own = [e for e in against if e.observable not in explained] or against
    return min(own, key=lambda e: e.bits, default=None)


def prompts(incident: Incident, now: datetime, window: Window | None = None, diagnosis: Diagnosis | None = None) -> tuple[Prompt, ...]:
    """One for each hypothesis that people pursue and that nobody held against a figure for QUIET or longer, the quietest first."""
    found = [Prompt(h, now - h.looked_at, best_test(h.layer, window, diagnosis)) for h in pursued(incident) if now - h.looked_at >= QUIET]
    return tuple(sorted(found, key=lambda p: p.quiet, reverse=True))


def best_test(layer: Layer, window: Window | None, diagnosis: Diagnosis | None) -> NextTest | None:
    """The look that would tell most of what is likeliest in that layer, at the places of this stack; None where nobody could run it."""
    mine = [] if diagnosis is None else [h for h in diagnosis.hypotheses if h.layer == layer]
    if not mine or window is None:
        return None
    best = _likeliest(mine)
    name = look_for(best, window)
    if name is None:
        return None
    found = look(name, places_of(window, pool_of(best.component), best.component))
    return None if unknown(found.command) else NextTest(found.test, found.command, (best.fault,), found.seconds)


def _likeliest(hypotheses: list[Hypothesis]) -> Hypothesis:
    return max(hypotheses, key=lambda h: h.probability)
