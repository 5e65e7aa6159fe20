"""One source whose clock is wrong: its figures begin and end as much too late, or too early, as all others do not."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from poise.model.could_not import CouldNot
from poise.model.memo import Memo
from poise.model.sample import ComponentKind, Series, Window

# What is stamped together: by the load balancer or its log, by each application's machine, and so on.
SOURCES: Mapping[str, tuple[ComponentKind, ...]] = {
    "the load balancer's figures": ("load-balancer", "listener", "pool", "server"),
    "the applications' figures": ("application",),
    "the databases' figures": ("database",),
    "the probes of hops": ("hop",),
    "the clients' figures": ("client",),
}
# Components of a kind that are asked for their first and last instant: they are stamped alike.
FEW = 3
# Sources begin and end seconds apart, and one that died ends early but begins with the others.
LEAST_OFF, ALIKE = 20.0, 5.0


def aligned(window: Window) -> Window:
    """The window with such a source's figures set to the others' clock, which its `could_not` says; the same window where all agree."""
    if window.frames:
        # Collected just now: poise stamps all of it itself.
        return window
    spans = {name: span for name, kinds in SOURCES.items() if (span := _span(window, kinds)) is not None}
    for name, (first, last) in spans.items():
        others = [span for other, span in spans.items() if other != name]
        if len(others) < 2:
            continue
        start, end = (sorted(each)[len(others) // 2] for each in zip(*others, strict=True))
        # Of two others that disagree nobody knows which is right: the third may be.
        agreeing = sum(abs(s - start) < ALIKE or abs(e - end) < ALIKE for s, e in others)
        if 2 * agreeing <= len(others):
            continue
        off = _off(first - start, last - end)
        if abs(off) > LEAST_OFF:
            way = "ahead" if off > 0 else "behind"
            told = CouldNot(name, f"are stamped {abs(off):.0f} s {way} of all others: read as if their clock were right; set it")
            series, could_not = _shifted(window, SOURCES[name], -off), (*window.could_not, told)
            return replace(window, series=series, could_not=could_not, memo=Memo(), looked={})
    return window


def _off(begins: float, ends: float) -> float:
    """Seconds that a source's clock is ahead, by how much later than all others it begins and ends; 0 where it only began late or died."""
    if abs(begins - ends) < 2 * ALIKE:
        return (begins + ends) / 2
    # One that died has its beginning to tell by: no source begins long before all others, and none tells of what is yet to come.
    died = ends < begins and (begins < 0 or ends > ALIKE)
    return begins if died else 0.0


def _span(window: Window, kinds: Collection[ComponentKind]) -> tuple[float, float] | None:
    names = {c.name for kind in kinds for c in window.stack.of_kind(kind)[:FEW]}
    if not names:
        return None
    found = (window.series.get((name, metric)) for name in names for metric in window.loose_metrics)
    seconds = [s.seconds for s in found if s is not None and len(s.seconds) > 1]
    firsts, lasts = sorted(float(s[0]) for s in seconds), sorted(float(s[-1]) for s in seconds)
    return (firsts[len(firsts) // 2], lasts[len(lasts) // 2]) if seconds else None


def _shifted(window: Window, kinds: Collection[ComponentKind], by: float) -> dict[tuple[str, str], Series]:
    known = window.stack.kinds
    return {
        (name, metric): Series(each.seconds + by, each.values) if known.get(name) in kinds else each
        for (name, metric), each in window.series.items()
    }
