"""What the probes of each hop show: delay, loss and refusal on the path, and the same without the path."""

from collections.abc import Iterable, Sequence

import numpy as np

from poise.diagnosis.halves import Halves
from poise.diagnosis.shift import ENOUGH, certainty, degree
from poise.faults.hops import side_of
from poise.faults.sign import Sign

# What a fresh connect or first byte takes at most on a path inside one site; beyond, the probe tells the path's delay.
USUAL_MS = 5.0
# A connect of about a second has lost its first SYN (RFC 6298: initial retransmission timeout 1 s), of three seconds two of them.
LOST_SYN_MS = 900.0
# Retransmissions per probe that every network has; counts below spread as their square root.
USUAL_LOSS = 0.015
LONG = 16


def observe_hops(cut: Halves) -> Iterable[Sign]:
    """All signs of all hops, named after the side: to the servers, to the database, from the clients."""
    sides: dict[str, list[str]] = {}
    for component in cut.window.stack.of_kind("hop"):
        sides.setdefault(side_of(cut.window.stack, component.name), []).append(component.name)
    for side, hops in sides.items():
        yield from _losses(cut, hops, side)
        for hop in hops:
            yield from _times(cut, hop, side)
            yield from _steady(cut, hop, side)
            yield from _failures(cut, hop, side)


def _times(cut: Halves, hop: str, side: str) -> Iterable[Sign]:
    for metric, name, words in (
        ("ping_ms", "ping", "first byte over the path"),
        ("connect_ms", "connect", "fresh TCP connect over the path"),
        ("direct_ping_ms", "direct ping", "first byte without the path"),
    ):
        moved = cut.shift(hop, metric, USUAL_MS, 0.5, implied=USUAL_MS)
        if moved is not None:
            yield Sign(
                f"{side} {name}",
                hop,
                f"{words}, {hop}, ms",
                round(moved.expected, 2),
                round(moved.observed, 2),
                moved.degree_up,
                f"probe {metric}",
            )


def _steady(cut: Halves, hop: str, side: str) -> Iterable[Sign]:
    """Delay strikes every probe, loss only some: the fastest fifth tells them apart, what the direct way takes is taken off."""
    slowed, usual = cut.now(hop, "ping_ms"), cut.median_normal(hop, "ping_ms")
    direct, usual_direct = cut.median_now(hop, "direct_ping_ms"), cut.median_normal(hop, "direct_ping_ms")
    if not len(slowed):
        return
    if len(slowed) >= LONG:
        # As it is now: an onset that was dated early must not count its quiet seconds.
        slowed = slowed[len(slowed) // 2 :]
    own = max((direct or 0.0) - (usual_direct or 0.0), 0.0) if direct is not None and usual_direct is not None else 0.0
    expected = usual if usual is not None else USUAL_MS
    fastest = float(np.sort(slowed)[int((len(slowed) - 1) * 0.2)]) - own
    # One or two late probes are no steady delay yet.
    surely = degree((fastest - expected) / max(USUAL_MS, 0.5 * expected), certainty(len(slowed) - 2))
    label = f"fastest fifth of first bytes over the path less what the server itself added, {hop}, ms"
    yield Sign(f"{side} steady delay", hop, label, round(expected, 2), round(fastest, 2), surely, "probe ping_ms, direct_ping_ms")


def _losses(cut: Halves, hops: Sequence[str], side: str) -> Iterable[Sign]:
    """Retransmissions per hop. The hop with most also speaks for its side: a few here and a few there are one leaking path."""
    counted = {hop: c for hop in hops if (c := _retransmissions(cut, hop)) is not None}
    if not counted:
        return
    leading = max(counted, key=lambda h: counted[h][0])
    for hop, (seen, usual, samples) in counted.items():
        total, normal = seen, usual
        label = f"retransmissions of the probe's own sockets, {hop}"
        if hop == leading and len(counted) > 1:
            total, normal = sum(c[0] for c in counted.values()), sum(c[1] for c in counted.values())
            label += f" and {len(counted) - 1} hops beside it"
        probes = samples * (len(counted) if hop == leading else 1)
        noise = max(normal, USUAL_LOSS * probes)
        surely = degree(1.5 * (total - noise) / (noise + 0.5) ** 0.5, certainty(samples))
        yield Sign(f"{side} losses", hop, label, round(normal, 1), total, surely, "probe retransmits_total, connect_ms ≥ 900")


def _retransmissions(cut: Halves, hop: str) -> tuple[float, float, int] | None:
    """(seen, usual in that time, samples) of one hop; a connect of a second counts as one where the kernel told none."""
    connects = cut.now(hop, "connect_ms")
    retransmits = cut.counter_now(hop, "retransmits_total")
    if retransmits is None and len(connects) < ENOUGH:
        return None
    rise, seconds = retransmits or (0.0, 0.0)
    seen = max(rise, float((connects >= LOST_SYN_MS).sum()))
    return seen, _usual(cut, hop, "retransmits_total", seconds), max(len(connects), int(seconds))


def _failures(cut: Halves, hop: str, side: str) -> Iterable[Sign]:
    failures = cut.counter_now(hop, "connect_failures_total")
    if failures is not None:
        direct = cut.counter_now(hop, "direct_connect_failures_total")
        usual = _usual(cut, hop, "connect_failures_total", failures[1]) + (direct[0] if direct else 0.0)
        label = f"failed connects over the path beyond those without it, {hop}"
        surely = degree(4 * (failures[0] - usual), certainty(int(failures[1])))
        yield Sign(f"{side} failures", hop, label, round(usual, 1), failures[0], surely, "probe connect_failures_total")


def _usual(cut: Halves, hop: str, metric: str, seconds: float) -> float:
    """How many would have come in that time as before the onset."""
    counted = cut.counter_normal(hop, metric)
    return counted[0] / counted[1] * seconds if counted is not None and counted[1] > 0 else 0.0
