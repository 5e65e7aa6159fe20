"""`poise diagnose` of what a watch has looked at already."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from poise.diagnosis.engine import diagnose
from poise.diagnosis.several import Looked, together
from poise.model.could_not import CouldNot
from poise.report.dashboard.look import Look
from poise.report.diagnosis_json import to_json

# One takes a tenth of a second or more; whoever asks waits for it.
MOST_TOGETHER = 12


def diagnosed(looks: Sequence[Look]) -> Mapping[str, Any]:
    """The diagnosis of all of them together as the contract's JSON. Of many those that have alerts are weighed, and the others are named
    as what was left out."""
    chosen = list(looks)
    if len(looks) > MOST_TOGETHER:
        ill = sorted(looks, key=lambda look: not any(alert.fired is not None for alert in look.alerts))
        chosen = ill[:MOST_TOGETHER]
    found = together([Looked(look.load_balancer, look.window, diagnose(look.window)) for look in chosen])
    left = [CouldNot(look.load_balancer, "left out: others have alerts, and are weighed first") for look in looks if look not in chosen]
    told = dict.fromkeys((*(c for look in chosen for c in look.could_not), *found.could_not, *left))
    return to_json(replace(found, could_not=tuple(told)))
