"""Runs the simulation of one pool: how many replicas, what is dropped as warm-up, and when there is enough."""

from collections.abc import Sequence
from math import ceil, inf, sqrt

import numpy as np

from poise.balancers.simulation.arrays import Floats
from poise.balancers.simulation.engine import Engine
from poise.balancers.simulation.policy import Policy
from poise.balancers.simulation.result import result, share_errors
from poise.model.load import Horizon, Load, Simulated

# Replicas share the interpreter's cost of a step; beyond these, the arrays fall out of the processor's cache. `CELLS` bounds memory.
FEWEST, MOST, CELLS = 16, 512, 1 << 19
CHEAP = 128
STEP_CELLS = 10_000  # what a step costs whatever its size, in servers looked at
# Replicas begin with as many requests as they will hold, then so many mean service times of the slowest server are dropped. Twice as many
# change no share by its error (tests/balancers/test_simulation.py).
WARM_TIMES = 2.0
LONGEST_WARMING = 100.0
MOST_WARMED = 4.0  # times what a replica counts, that its warm-up may cost the others' number
MOST_WARMING = 3.0  # requests dropped for each that may be counted, at most
CHUNK = 8192  # requests between two looks at the error
# Every replica counts through so many mean service times of the slowest server. Clients of a closed loop move in step where requests take
# equally long, and a part of a cycle is no sample of it; where requests come by chance, any stretch of time is one.
CYCLES, STRETCH = 6.0, 1.0
FEWEST_COUNTED = 32


AS_USUAL = Horizon()


def simulate(
    names: Sequence[str], policy: Policy, load: Load, horizon: Horizon = AS_USUAL, alike: Sequence[int] | None = None
) -> Simulated:
    """What becomes of that load on servers of these names, between which `policy` chooses.

    `alike` gives servers that nothing tells apart the same number: they have the same share in the long run, so theirs is averaged.
    """
    means = np.array([load.mean_ms(name) / 1000 for name in names])
    limits = [load.slots_of(name) for name in names]
    slots = np.array([inf if limit is None else float(limit) for limit in limits])
    groups = np.arange(len(names)) if alike is None else np.array(alike)
    replicas = horizon.replicas or _replicas(policy, load, means, slots, horizon)
    engine = Engine(policy, load, means, slots, replicas, horizon.seed)
    if not horizon.from_empty:
        _warm(engine, load, horizon, slots)
    engine.tally.start(engine.now)
    if horizon.seconds is not None:
        engine.timed, engine.tally.until = True, engine.now + horizon.seconds
        while (engine.now < engine.tally.until).any():
            engine.step()
    else:
        _count(engine, load, horizon, groups)
    engine.close(np.flatnonzero(engine.now < engine.tally.until))
    return result(names, engine, slots, groups)


def _count(engine: Engine, load: Load, horizon: Horizon, groups: np.ndarray) -> None:
    """Requests until the shares are good enough, or there are as many as may be."""
    per_request = 2 if engine.open else 1
    left = max(horizon.requests, engine.replicas)
    first = engine.replicas * _fewest_counted(load, engine.means)
    while left > 0:
        chunk = min(left, max(first, CHUNK)) if horizon.error else left
        first = 0
        left -= chunk
        for _ in range(ceil(chunk / engine.replicas) * per_request):
            engine.step()
        if horizon.error and left > 0 and share_errors(engine.tally, groups)[1].max() <= horizon.error:
            break


def at_once(load: Load, means: Floats) -> float:
    """Requests in the pool when every server holds equally many, which is nearest to what load balancers strive for."""
    return float(load.clients or (load.requests_per_second or 0.0) * len(means) / (1 / means).sum())


def _replicas(policy: Policy, load: Load, means: Floats, slots: Floats, horizon: Horizon) -> int:
    """As many as share the interpreter's cost, but not so many that more is dropped as warm-up than is counted."""
    cells = len(means) + at_once(load, means) + 1
    each = counted = float(_fewest_counted(load, means))
    if horizon.seconds is None and load.requests_per_second and not horizon.from_empty:
        each += min(_warming_seconds(policy, load, means, slots) * load.requests_per_second, MOST_WARMED * each)
    if horizon.seconds is not None:
        rate = load.requests_per_second or (load.clients or 0) / float(means.mean())
        each = counted = max(1.0, horizon.seconds * rate)
    # Few replicas cost the interpreter's time alone: more of them, each for as short as may be, are less of it.
    affordable = max(horizon.requests / each, min(float(CHEAP), horizon.requests / counted))
    if np.isfinite(policy.limits).any():
        # Who has room is looked up among all servers, at every step and in every replica: fewer of them cost less where they warm up long.
        warming = 3 * at_once(load, means)
        affordable = min(affordable, sqrt(2 * horizon.requests * STEP_CELLS / (warming * len(means)))) if warming else affordable
    return int(max(FEWEST, min(MOST, CELLS / cells, affordable)))


def _fewest_counted(load: Load, means: Floats) -> int:
    """Requests that each replica has to count."""
    slowest = float(means.max() / means.mean())
    stretch = CYCLES if load.clients else STRETCH
    return max(FEWEST_COUNTED, ceil(at_once(load, means) * slowest * stretch))


def _warming_seconds(policy: Policy, load: Load, means: Floats, slots: Floats) -> float:
    rate = load.requests_per_second or 0.0
    capacity = float((np.minimum(slots, policy.limits) / means).sum())
    slowest = float(means.max())
    # A queue forgets its start by 1 / (capacity (1 − √utilisation)²): what is known of M/M/c.
    settling = 1 / (capacity * (1 - sqrt(rate / capacity)) ** 2) if rate < capacity else inf
    return max(WARM_TIMES * slowest, min(2 * WARM_TIMES * settling, LONGEST_WARMING * slowest))


def _warm(engine: Engine, load: Load, horizon: Horizon, slots: Floats) -> None:
    """Steps until the start is forgotten."""
    rate = load.requests_per_second or 0.0
    seconds = _warming_seconds(engine.policy, load, engine.means, slots)
    most = ceil(MOST_WARMING * horizon.requests / engine.replicas) + 1
    if engine.open:
        begun = min(most, round(at_once(load, engine.means)))
        engine.start_busy(begun)
        steps = 2 * min(most - begun, ceil(seconds * rate))
    else:
        steps = min(most, ceil(seconds * (load.clients or 0) / float(engine.means.mean())) + (load.clients or 0))
    for _ in range(steps):
        engine.step()
