"""All detectors on one window: what is wrong as verdicts, and what is in order only where an alert waits to hear it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from poise.detectors.detector import Detector
from poise.model.alert import InOrder, Verdict
from poise.model.could_not import CouldNot
from poise.model.sample import Window


def judged(
    detectors: Sequence[Detector], window: Window, now: datetime, alive: Collection[str] = ()
) -> tuple[tuple[Verdict, ...], tuple[CouldNot, ...]]:
    """The verdicts of all detectors, and which of them broke.

    `alive` are the keys that the alerts remember (`AlertState.tracked`): of those the lifecycle must hear that they are in order; of all
    others it has nothing to end.
    """
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    for key in alive:
        detector, _, component = key.partition(" ")
        waiting[detector].append(component)
    verdicts: list[Verdict] = []
    broken: list[CouldNot] = []
    for one in detectors:
        try:
            for answer in one.judge(window, now):
                if isinstance(answer, InOrder):
                    verdicts += answer.verdicts(waiting.get(answer.detector, ()))
                else:
                    verdicts.append(answer)
        except Exception as error:  # one broken detector must not silence the others
            broken.append(CouldNot(f"detector {one.name}", f"{type(error).__name__}: {error}; this is a defect of poise, please report it"))
    return tuple(verdicts), tuple(broken)
