"""The table fault × {rule, detector, diagnosis, remedy, page}: what poise has against each fault, and where it has nothing."""

from dataclasses import dataclass

from poise.detectors import DETECTORS
from poise.faults import FAULTS
from poise.rules import RULES


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. `rules` and `detectors` by name; `diagnosis` and `remedy` say whether the unit weighs evidence and can plan steps;
    `announceable` is False for what no detector could see: that nothing is wrong, or that the cause is not ours; `unruled` says why no rule
    could warn."""

    fault: str
    layer: str
    title: str
    rules: tuple[str, ...]
    detectors: tuple[str, ...]
    diagnosis: bool
    remedy: bool
    page: bool
    announceable: bool = True
    unruled: str = ""


def table() -> tuple[Row, ...]:
    """One row per fault, in the order of FAULTS."""
    rows = []
    for unit in FAULTS:
        fault = unit.FAULT
        rows.append(
            Row(
                fault=fault.name,
                layer=fault.layer,
                title=fault.title,
                rules=tuple(r.name for r in RULES if fault.name in r.faults),
                detectors=tuple(d.name.replace("_", "-") for d in DETECTORS if fault.name in d.faults),
                diagnosis=callable(getattr(unit, "weigh", None)),
                remedy=callable(getattr(unit, "plan", None)),
                announceable=fault.layer not in {"none", "outside"},
                unruled=fault.unruled,
                page=bool(fault.title and fault.looks_like and fault.remedy),
            )
        )
    return tuple(rows)
