"""What the replicas of a simulation come to."""

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np

from poise.balancers.simulation.arrays import Floats, Ints
from poise.balancers.simulation.engine import Engine
from poise.balancers.simulation.tally import Tally
from poise.model.load import ServerUnderLoad, Simulated


def share_errors(tally: Tally, alike: Ints) -> tuple[Floats, Floats]:
    """The share of each server over all replicas, and its standard error by their spread."""
    tally.settle()
    gave = _averaged(tally.gave.reshape(tally.shape), alike)
    replicas, total = len(gave), float(gave.sum())
    if not total:
        return np.zeros(gave.shape[1]), np.zeros(gave.shape[1])
    shares: Floats = gave.sum(axis=0) / total
    # The spread of a ratio: by how much each replica's counts differ from the common shares of its own total.
    off = (gave - gave.sum(axis=1, keepdims=True) * shares) * (replicas / total)
    errors: Floats = off.std(axis=0, ddof=1) / sqrt(replicas) if replicas > 1 else np.full(len(shares), 0.5)
    return shares, errors


def result(names: Sequence[str], engine: Engine, slots: Floats, alike: Ints) -> Simulated:
    """Everything that was counted, as figures."""
    tally = engine.tally
    shares, errors = share_errors(tally, alike)
    seconds = np.maximum(np.minimum(engine.now, tally.until) - tally.since, 1e-12)
    in_flight = tally.held.reshape(tally.shape).sum(axis=0) / seconds.sum()
    busy = tally.busy.reshape(tally.shape).sum(axis=0) / seconds.sum() / slots
    answers, refused, expired = (float(each.sum()) for each in (tally.answers, tally.refusals, tally.expired))
    ended = max(1.0, answers + refused + expired)
    times = np.concatenate(tally.times) if tally.times else np.zeros(1)
    median, last = np.quantile(times, (0.5, 0.99)) if times.size else (0.0, 0.0)
    mean, mean_error = _ratio(tally.took, tally.answers)
    wait, wait_error = _ratio(tally.waits, tally.answers)
    return Simulated(
        tuple(
            ServerUnderLoad(name, float(shares[i]), float(errors[i]), float(in_flight[i]), None if slots[i] == inf else float(busy[i]))
            for i, name in enumerate(names)
        ),
        int(tally.gave.sum()),
        tally.shape[0],
        1000 * mean,
        1000 * mean_error,
        1000 * float(median),
        1000 * float(last),
        1000 * wait,
        1000 * wait_error,
        refused / ended,
        expired / ended,
        ended / float(seconds.sum()),
    )


def _ratio(sums: Floats, counts: Floats) -> tuple[float, float]:
    """Σ sums / Σ counts over the replicas, and its standard error."""
    total = float(counts.sum())
    if not total:
        return 0.0, 0.0
    mean = float(sums.sum()) / total
    replicas = len(sums)
    return mean, float((sums - mean * counts).std(ddof=1)) * sqrt(replicas) / total if replicas > 1 else mean


def _averaged(counts: Floats, alike: Ints) -> Floats:
    """Each server's counts replaced by the mean over those like it, in every replica."""
    groups = int(alike.max()) + 1
    if groups == len(alike):
        return counts
    sums = np.zeros((groups, len(counts)))
    np.add.at(sums, alike, counts.T)
    found: Floats = (sums / np.bincount(alike)[:, None])[alike].T
    return found
