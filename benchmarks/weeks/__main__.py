"""How often poise cries wolf in weeks in which nothing is wrong.

    python -m benchmarks.weeks --seeds 10 --days 14

Each seed is a pool (servers, algorithm, weights, rate, stickiness, slow start) with its daily cycle, bursts, deploys, drains, failing
checks and reloads. All run through the real history, detectors and alerts at one look a second. Counted are alerts that would wake a
person, by seed; and what the detectors cost, a step and pool.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.weeks.plan import DAY, PoolPlan, drawn
from benchmarks.weeks.traffic import METRICS, Floats, Traffic
from poise.alerting import lifecycle
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.together import parse_together
from poise.daemon.history import History
from poise.daemon.stack_of import stack_of
from poise.detectors import DETECTORS
from poise.detectors.judging import judged
from poise.model.needs import Needs, Objectives, PoolNeeds, Watch
from poise.model.sample import Block, Sample
from poise.model.topology import Topology

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
# What an hour looks back to.
LEAD_SECONDS = 1800
# One look of so many is missed, and one of so many is followed by silence for some seconds: nets and machines hiccup.
MISSED, SILENT, SILENT_SECONDS = 1 / 3000, 1 / 40_000, 4


def configuration(plans: Sequence[PoolPlan]) -> Topology:
    """The file that these pools stand in."""
    lines = [
        "defaults",
        "  mode http",
        "  timeout connect 1s",
        "  timeout client 30s",
        "  timeout server 30s",
        "frontend shop",
        "  bind :80",
    ]
    lines += [f"  use_backend {plan.name} if {{ path_beg /{plan.name} }}" for plan in plans]
    for plan in plans:
        lines += [f"backend {plan.name}", f"  balance {plan.algorithm}"]
        lines += ["  cookie SRV insert indirect nocache"] if plan.sticky else []
        slow = f" slowstart {plan.slow_start}s" if plan.slow_start else ""
        for at, weight in enumerate(plan.weights):
            cookie = f" cookie s{at}" if plan.sticky else ""
            lines.append(f"  server s{at} 10.0.{plan.seed % 250}.{at + 1}:80 check weight {weight}{slow}{cookie}")
    return lower(parse_together([("haproxy.cfg", "\n".join(lines) + "\n")]))


def needs_of(plans: Sequence[PoolPlan]) -> Needs:
    """What is declared: the split as the weights make it, and objectives that are kept."""
    pools = {}
    for plan in plans:
        ratios = {f"s{at}": float(weight) for at, weight in enumerate(plan.weights)}
        split = None if not plan.declared else "even" if len(set(plan.weights)) == 1 else ratios
        objectives = Objectives(0.999, 500) if plan.declared else Objectives()
        pools[plan.name] = PoolNeeds(split=split, sticky=plan.sticky or None, objectives=objectives)
    return Needs(pools, watch=Watch(client="http://127.0.0.1/"))


class Looks:
    """One look a second at all pools together."""

    def __init__(self, plans: Sequence[PoolPlan], days: int) -> None:
        self.plans = plans
        self.servers = tuple(f"{plan.name}/s{at}" for plan in plans for at in range(plan.servers))
        self._hours = [Traffic(plan).hours(days) for plan in plans]
        self._draw = np.random.default_rng(sum(plan.seed for plan in plans))

    def __iter__(self) -> Iterator[tuple[int, Floats, float]]:
        """The second, the servers' figures, and clients' p99 in milliseconds; a second that is missed is left out."""
        silent = 0
        hour = 0
        while True:
            try:
                parts = [next(one) for one in self._hours]
            except StopIteration:
                return
            values = np.concatenate(parts, axis=1)
            chance, p99 = self._draw.random((3600, 2)), 180 * np.exp(self._draw.normal(0, 0.2, 3600))
            for second in range(3600):
                if chance[second, 1] < SILENT:
                    silent = SILENT_SECONDS
                silent -= 1
                if silent < 0 and chance[second, 0] >= MISSED:
                    yield hour * 3600 + second, values[second], float(p99[second])
            hour += 1


def main() -> None:
    """Run them and print what fired."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--hours", type=int, default=0, help="of the days only so many hours")
    parser.add_argument("--from-hour", type=int, default=0, help="count from that hour on: so several processes share the days")
    parser.add_argument("--verbose", action="store_true", help="print every alert, those that wake nobody too")
    options = parser.parse_args()
    plans = [drawn(seed, options.days) for seed in range(options.first, options.first + options.seeds)]
    topologies, needs = (configuration(plans),), needs_of(plans)
    stack, history, alerts = stack_of(topologies, needs), History(), lifecycle.start(DETECTORS)
    pages: Counter[str] = Counter()
    others: Counter[str] = Counter()
    steps, judging = 0, 0.0
    sent = failures = 0.0
    before = np.zeros((2, len(stack.of_kind("server"))))
    looks = Looks(plans, options.days)
    for second, values, p99 in looks:
        if options.hours and second >= 3600 * options.hours:
            break
        if second < 3600 * options.from_hour - LEAD_SECONDS:
            continue
        now = MONDAY + timedelta(seconds=second)
        rise = np.maximum(values[:, :2].T - before, 0)
        before = values[:, :2].T.copy()
        sent, failures = sent + rise[0].sum(), failures + rise[1].sum()
        history.add_blocks((Block(now, looks.servers, METRICS, values, "lb1 servers"),))
        client = (("attempts_total", sent), ("failures_total", failures), ("p99_ms", p99))
        history.add(Sample(now, "client", metric, float(value)) for metric, value in client)
        history.add((Sample(now, "lb1", "sessions", 10.0), Sample(now, "lb1", "session_limit", 10_000.0)))
        began = time.process_time()
        window = history.window(now, stack, topologies, needs)
        verdicts, broken = judged(DETECTORS, window, now, alerts.tracked)
        alerts, effects = lifecycle.step(alerts, verdicts, now)
        judging += time.process_time() - began
        steps += 1
        if second % DAY == 0:
            print(f"day {second // DAY}, {pages.total()} pages, {1e6 * judging / steps / len(plans):.0f} µs a step and pool", flush=True)
        if broken:
            raise SystemExit(f"{broken[0].what}: {broken[0].reason}")
        for effect in effects:
            verdict = effect.alert.verdict
            # One that fired quietly and now wakes somebody is a page too.
            told = effect.kind == "firing" or (effect.kind == "worse" and verdict.page)
            if not told or second < 3600 * options.from_hour:
                continue
            (pages if verdict.page else others)[f"{verdict.detector} {verdict.component}"] += 1
            if verdict.page or options.verbose:
                mark = "PAGE" if verdict.page else "    "
                print(f"{now:%a %H:%M:%S} day {second // DAY} {mark} {verdict.key}: {verdict.summary} ({verdict.reason})", flush=True)
    by_seed = Counter({plan.name: sum(n for key, n in pages.items() if key.endswith(f" {plan.name}")) for plan in plans})
    print(
        json.dumps(
            {
                "weeks": round((steps - min(LEAD_SECONDS, 3600 * options.from_hour)) / 604_800 * len(plans), 2),
                "pages": pages.total(),
                "most_in_a_seed": max(by_seed.values()),
                "pages_by_alert": dict(pages),
                "others_by_detector": dict(
                    Counter({d.name: sum(n for k, n in others.items() if k.startswith(d.name + " ")) for d in DETECTORS})
                ),
                "microseconds_a_step_and_pool": round(1e6 * judging / max(1, steps) / len(plans), 1),
                "steps": steps,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
