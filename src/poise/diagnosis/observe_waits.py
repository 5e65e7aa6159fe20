"""Applications whose requests wait although slots are free: they wait for something else, most often for a connection of a pool."""

from collections.abc import Iterable

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import pools
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

FREE, WAITING = 0.75, 2.0


def observe_waits(cut: Halves) -> Iterable[Sign]:
    """One sign a pool, of its middle application."""
    for parts in pools(cut):
        found = []
        for name in parts.applications.values():
            queue, held, slots = cut.now(name, "queue"), cut.now(name, "in_flight"), cut.last(name, "slots")
            if len(queue) and len(queue) == len(held) and slots:
                # At the same instants: a queue that comes and goes has free slots on average.
                both = (queue >= WAITING) & (held < FREE * slots)
                part = float(both.mean())
                found.append((degree(MIDDLE + 12 * (part - 0.5), certainty(len(queue))), name, float(queue.mean()), part))
        if found:
            surely, name, waiting, part = sorted(found)[(len(found) - 1) // 2]
            label = f"requests that wait in {name}, {part:.0%} of the time although slots are free"
            source = "application queue, in_flight, slots"
            yield Sign("waits with free slots", parts.name, label, 0, round(waiting, 1), surely, source)
