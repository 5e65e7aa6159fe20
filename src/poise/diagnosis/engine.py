"""The diagnosis: a pure function of the window."""

from collections.abc import Sequence
from datetime import UTC, datetime

from poise.diagnosis.clocks import aligned
from poise.diagnosis.closer_look import closer_look
from poise.diagnosis.companions import with_companions
from poise.diagnosis.doubt import all_disbelieved, disbelieved, not_believed, without_word
from poise.diagnosis.halves import Halves
from poise.diagnosis.matrices import matrices_of
from poise.diagnosis.next_tests import next_tests
from poise.diagnosis.observe import SETTLING, halves, observe
from poise.diagnosis.observe_load_balancer import answered_last, pause
from poise.diagnosis.onset import spacing
from poise.diagnosis.ranking import known_of, rank, verdict
from poise.faults import FAULTS
from poise.faults.unit import FaultUnit
from poise.model.component_label import component_label
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.sample import Window

# A window whose vital sources told nothing for this long shows how the service was, not how it is.
BLIND_SECONDS = 10.0


def diagnose(window: Window, faults: Sequence[FaultUnit] = FAULTS, alert_at: datetime | None = None) -> Diagnosis:
    """Rank what may be wrong with the stack. The onset is estimated; `alert_at` is a hint for windows in which no change is found.

    Never raises for what the window lacks: an observable that was not measured speaks neither for nor against, and is told in `could_not`.
    """
    window = aligned(window)
    cut = closer_look(halves(window, alert_at))
    if doubted := disbelieved(cut):
        cut = closer_look(halves(without_word(window, doubted), alert_at))
    observation = observe(cut)
    ranked = rank([h for unit in faults for h in unit.weigh(observation)], known_of(observation))
    start = matrices_of(window).first_second
    told = verdict(ranked, observation, blind=_blind(window), unasked=all_disbelieved(window, doubted))
    ranked = with_companions(ranked)
    return Diagnosis(
        verdict=told,
        onset=observation.onset,
        start=datetime.fromtimestamp(start, UTC),
        end=window.now,
        hypotheses=ranked,
        next=next_tests(ranked, window),
        could_not=(*window.could_not, *not_believed(doubted), *_missing(window)),
        ended=_ended(cut, faults) if told == "fault" else None,
    )


def _ended(cut: Halves, faults: Sequence[FaultUnit]) -> datetime | None:
    """When the trouble ended, if nothing is wrong since: a load that fell may hide weights that are still wrong."""
    if cut.ended is None:
        return None
    normal = cut.before if cut.onset is not None else None
    since = observe(Halves(cut.window, normal, (cut.ended + SETTLING, cut.window.now.timestamp())))
    best = rank([h for unit in faults for h in unit.weigh(since)])[0]
    return datetime.fromtimestamp(cut.ended, UTC) if best.layer == "none" else None


def _blind(window: Window) -> bool:
    """Whether neither the load balancer nor any client told anything in the window's last seconds."""
    since = window.now.timestamp() - max(BLIND_SECONDS + 1.75 * pause(window), 3 * spacing(window))
    answered = answered_last(window)
    heard = any(float(clock.seconds[-1]) >= since for clock in matrices_of(window).heard.of_kinds(("client",)))
    return not heard and (answered is None or answered < since)


def _missing(window: Window) -> tuple[CouldNot, ...]:
    """Components of the stack of which nothing was measured: what is not looked at cannot be ruled out."""
    measured = matrices_of(window).heard.names
    return tuple(
        CouldNot(
            component_label(c.kind, c.name), "nothing was measured of it: its layer can be neither blamed nor ruled out by its own figures"
        )
        for c in window.stack.components
        if c.name not in measured and c.kind not in {"host", "load-balancer"}
    )
