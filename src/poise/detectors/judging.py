"""All detectors on one window: what is wrong as verdicts, and what is in order only where an alert waits to hear it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from poise.detectors.detector import Detector
from poise.model.alert import InOrder, Verdict
from poise.model.could_not import CouldNot
from poise.model.sample import Window

# Alerts that wake nobody, of one detector and load balancer: beyond, it is the pool or the load balancer that is ill and not each part. One
# takes 1 kB with its verdict and words, so those of a load balancer take 0.5 MB a detector at most, and those that page 1 kB a pool.
MOST_ALERTS = 500


def judged(
    detectors: Sequence[Detector], window: Window, now: datetime, alive: Collection[str] = ()
) -> tuple[tuple[Verdict, ...], tuple[CouldNot, ...]]:
    """The verdicts of all detectors, and which of them broke.

    `alive` are the keys that the alerts remember (`AlertState.tracked`): of those the lifecycle must hear that they are in order; of all
    others it has nothing to end. Of verdicts that wake nobody at most `MOST_ALERTS` of each detector are told, those alive first, and how
    many more there are.
    """
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for key in alive:
        detector, _, component = key.partition(" ")
        waiting[detector].append(component)
    verdicts: list[Verdict] = []
    broken: list[CouldNot] = []
    for one in detectors:
        try:
            found: list[Verdict] = []
            for answer in one.judge(window, now):
                if isinstance(answer, InOrder):
                    if answer.detector in waiting:
                        found += answer.verdicts(waiting[answer.detector])
                else:
                    found.append(answer)
            told = found if len(found) <= MOST_ALERTS else _bounded(found, alive)
            verdicts += told
            if len(told) < len(found):
                why = f"{len(found) - len(told)} more components are bad: only the first {MOST_ALERTS} have an alert of their own"
                broken.append(CouldNot(f"detector {one.name}", why))
        except Exception as error:  # one broken detector must not silence the others
            broken.append(CouldNot(f"detector {one.name}", f"{type(error).__name__}: {error}; this is a defect of poise, please report it"))
    return tuple(verdicts), tuple(broken)


def _bounded(verdicts: list[Verdict], alive: Collection[str]) -> list[Verdict]:
    """All that page, are in order or unknown, and of the others those alive and then the first."""
    known = set(alive)
    others = [v for v in verdicts if v.state == "bad" and not v.page]
    kept = sorted(others, key=lambda v: v.key not in known)[:MOST_ALERTS]
    chosen = {id(v) for v in kept}
    return [v for v in verdicts if v.state != "bad" or v.page or id(v) in chosen]
