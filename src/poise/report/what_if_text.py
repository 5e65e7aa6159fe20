"""What could happen to a pool, for people: a row for each case with a bar of the busiest server, and how much the pool carries."""

from collections.abc import Sequence

from poise.balance.room import keeps_up
from poise.model.what_if import Headroom, WhatIf
from poise.report.bars import bar, percent

CELLS = 10
FULL = "▶"  # ends the bar of a server that cannot keep up
MOST_NAMES = 4


def lines(cases: Sequence[WhatIf], headroom: Headroom | None) -> list[str]:
    """Lines without line ends, indented as the rest of a pool."""
    said = [case.coarser for case in cases] + ([headroom.coarser] if headroom else [])
    coarser = [*dict.fromkeys(filter(None, said))]
    more = " (elsewhere other parts: --format json)" if len(coarser) > 1 else ""
    told = [f"  coarser, to end in time: {coarser[0]}{more}"] if coarser else []
    return [*(_table(cases) if cases else []), *_carries(headroom), *told]


def _table(cases: Sequence[WhatIf]) -> list[str]:
    names = [_name(each) for each in cases]
    width = max(len("what if"), *map(len, names))
    head = f"  {'what if'.ljust(width)}  {'requests/s':>10}  {'busiest server'.ljust(CELLS + 9)}  {'waiting':>9}  {'p99':>9}  {'failed':>7}"
    return [head, *(_row(each, name.ljust(width)) for each, name in zip(cases, names, strict=True))]


def _name(case: WhatIf) -> str:
    if not case.alike:
        return case.case
    others = ", ".join(case.alike[:MOST_NAMES]) + (" …" if len(case.alike) > MOST_NAMES else "")
    return f"{case.case} (or {others})"


def _row(case: WhatIf, name: str) -> str:
    row = f"  {name}  {case.requests_per_second:>10.4g}  {_busy(case.max_utilisation)}  {time(case.waiting_ms):>9}  {time(case.p99_ms):>9}"
    row += f"  {percent(case.failed)}"
    return row + (f"  BREAKS {case.breaks}" if case.breaks else "")


def _busy(utilisation: float) -> str:
    drawn = bar(min(1.0, utilisation), CELLS) + (FULL if not keeps_up(utilisation) else " ")
    return f"{drawn} {100 * utilisation:>5.0f} %"


def time(milliseconds: float) -> str:
    """A time as a person says it."""
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f} s"


def _carries(headroom: Headroom | None) -> list[str]:
    if headroom is None:
        return []
    found = []
    if headroom.sustained_requests_per_second is not None and headroom.sustained_times_peak is not None:
        rate = f"{headroom.sustained_requests_per_second:.4g} requests/s, {headroom.sustained_times_peak:.2f} × the peak"
        beyond = "requests wait longer and longer" if headroom.simulated else f"{headroom.breaks} (what fails and when: --what-if)"
        found.append(f"  keeps up with {rate}: beyond, {beyond}")
    if not headroom.simulated:
        return found
    if headroom.requests_per_second is None:
        last = headroom.curve[-1].requests_per_second if headroom.curve else 0.0
        found.append(f"  fails nothing up to {last:.4g} requests/s for {headroom.seconds:g} s: requests wait without a limit that ends it")
    else:
        rate = f"{headroom.requests_per_second:.4g} ± {headroom.error:.2g} requests/s on, {headroom.times_peak:.2f} × the peak"
        found.append(f"  fails 1 % within {headroom.seconds:g} s from {rate}: {headroom.breaks}")
    if headroom.need is not None:
        found.append(f"  breaks {headroom.need} from {headroom.need_requests_per_second:.4g} requests/s on")
    return found
