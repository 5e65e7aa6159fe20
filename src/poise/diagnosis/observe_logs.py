"""How requests ended, as access logs say it: at the time limit, in the queue, without a server. Nothing where no log was kept."""

from collections.abc import Iterable

from poise.diagnosis.halves import Halves
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# By sign: the metric, and what is said of it. A twentieth of all requests that ended so is where it may be chance or a slow few.
ENDED = {
    "answers cut": ("ended_cut_total", "were ended at the time limit for the server (sH, UT, 504)"),
    "queue cut": ("ended_queued_total", "were ended in the queue (sQ, UO)"),
    "nobody found": ("ended_nobody_total", "found no server to go to (SC, UH, no live upstreams)"),
}
PART = 0.05


def observe_logs(cut: Halves) -> Iterable[Sign]:
    """All signs of logs, by pool."""
    for component in cut.window.stack.of_kind("pool"):
        for name, (metric, words) in ENDED.items():
            ended = cut.counter_now(component.name, metric)
            if ended is None:
                continue
            done = _done(cut, component.name)
            usual, before = cut.counter_normal(component.name, metric), _done(cut, component.name, normal=True)
            if done < 1:
                continue
            normal = usual[0] / before if usual is not None and before >= 1 else 0.0
            part = min(ended[0] / done, 1.0)
            surely = degree(MIDDLE + 40 * (part - normal - PART), certainty(int(ended[1])))
            yield Sign(
                name,
                component.name,
                f"part of the requests of {component.name} that {words}",
                round(normal, 3),
                round(part, 3),
                surely,
                "access log",
            )


def _done(cut: Halves, pool: str, normal: bool = False) -> float:
    ask = cut.counter_normal if normal else cut.counter_now
    counted = [ask(s, "requests_total") for s in cut.window.stack.downstream(pool)]
    nobody = ask(pool, ENDED["nobody found"][0])
    return sum(rise for each in (*counted, nobody) if each is not None for rise, _ in (each,))
