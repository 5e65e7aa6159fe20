"""What each server's share should be, for all pools at once; computed anew only for the pool whose servers, weights or needs changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from poise.balance.expected import predicted, wanted
from poise.detectors.servers import Floats, Mask, Servers
from poise.model.needs import Needs
from poise.model.topology import Pool

KINDS, WANTED, GIVEN = 2, 0, 1


@dataclass(frozen=True, slots=True)
class Expectation:
    """A pool's references: `wanted` shares (declared, or an even split of those that serve), and those that weights and algorithm give."""

    declared: bool
    wanted: Mapping[str, float] | None
    predicted: Mapping[str, float] | None
    dispersion: float
    uncertainty: Mapping[str, float]
    by_load: bool
    slow_start: float


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """Shares of every pool that has servers, a row for each kind: their sum as given (`known`), the shares scaled to sum 1 by server (NaN
    where the sum is 0), and by pool u²/(p(1 − p)) of the most uncertain of its shares."""

    known: Floats
    expected: Floats
    doubt: Floats


def scale(servers: Servers, shares: Floats, uncertainty: Floats) -> Scaled:
    """These shares, a row for each kind, and their standard errors."""
    starts = servers.starts
    known = np.add.reduceat(shares, starts, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = shares / known[:, servers.dense]
        doubt = uncertainty**2 / (expected * (1 - expected))
    return Scaled(known, expected, np.maximum.reduceat(np.where(np.isfinite(doubt), doubt, 0.0), starts, axis=1))


class ExpectedShares:
    """Expectations of every pool, and their shares by server: row 0 wanted, row 1 predicted.

    Kept from one window to the next: what a pool's files, needs, serving servers and weights give is the same until one of them changes.
    """

    def __init__(self, servers: Servers, needs: Needs) -> None:
        self._servers, self._needs = servers, needs
        self._serves: Mask | None = None
        self._weights: Floats = np.empty(0)
        self._told: Floats = self._weights
        self._asked: dict[int, Expectation] = {}
        self.shares: Floats = np.zeros((KINDS, len(servers.names)))
        self.uncertainty: Floats = np.zeros(len(servers.names))
        count = len(servers.pools)
        self.exists: Mask = np.zeros((KINDS, count), dtype=np.bool_)
        self.dispersion: Floats = np.ones(count)
        self.declared, self.by_load = np.zeros((2, count), dtype=np.bool_)
        self.slow_start: Floats = np.zeros(count)
        self._scaled: Scaled | None = None
        # Another object whenever any of these changed.
        self.version = object()

    @property
    def scaled(self) -> Scaled:
        """The shares, scaled. There must be servers."""
        if self._scaled is None:
            # What was declared holds whatever the forecast is worth: its uncertainty is none of the needs'.
            doubts = np.array([np.zeros_like(self.uncertainty), self.uncertainty])
            self._scaled = scale(self._servers, self.shares, doubts)
        return self._scaled

    def update(self, serves: Mask, weights: Floats) -> None:
        """Which servers serve now, and their running weights (NaN: not known); the same arrays where nothing changed."""
        if serves is self._serves and weights is self._told:
            return
        self._told = weights
        weights = np.where(np.isnan(weights), -1.0, weights)
        if self._serves is None:
            changed = np.ones(len(self._servers.pools), dtype=np.bool_)
        else:
            changed = self._servers.some((serves != self._serves) | (weights != self._weights))
        self._serves, self._weights = serves, weights
        for number in np.flatnonzero(changed).tolist():
            self._expect(number)

    def of(self, number: int) -> Expectation:
        """A pool's references. Of few pools anybody asks for them, and those of 1,000 servers take 0.1 MB: only what was asked is kept."""
        found = self._asked.get(number)
        if found is None:
            found = self._asked[number] = self._worked_out(number)
        return found

    def _worked_out(self, number: int) -> Expectation:
        assert self._serves is not None
        pool, where = self._servers.pools[number], self._servers.of(number)
        up = {server.name for server, yes in zip(pool.servers, self._serves[where].tolist(), strict=True) if yes}
        known = {server.name: int(w) for server, w in zip(pool.servers, self._weights[where].tolist(), strict=True) if w >= 0}
        return expectation(pool, up, known, self._needs)

    def _expect(self, number: int) -> None:
        self._scaled, self.version = None, object()
        self._asked.pop(number, None)
        found, where = self._worked_out(number), self._servers.of(number)
        names = [server.name for server in self._servers.pools[number].servers]
        for kind, shares in enumerate((found.wanted, found.predicted)):
            self.exists[kind, number] = shares is not None
            self.shares[kind, where] = [(shares or {}).get(name, 0.0) for name in names]
        self.uncertainty[where] = [found.uncertainty.get(name, 0.0) for name in names]
        self.dispersion[number], self.slow_start[number] = found.dispersion, found.slow_start
        self.declared[number], self.by_load[number] = found.declared, found.by_load


def expectation(pool: Pool, up: Collection[str], weights: Mapping[str, int], needs: Needs) -> Expectation:
    """The references of one pool with these servers serving and these running weights."""
    split = predicted(pool, up, weights)
    needed = wanted(pool, needs.of(pool.name), up)
    by_load = split is not None and split.judged_by == "concurrency"
    slow = max((s.slow_start.total_seconds() for s in pool.servers if s.slow_start), default=0.0)
    goal = needed if needed is not None else dict.fromkeys((s.name for s in pool.servers if s.name in up), 1 / max(1, len(up)))
    given = split.shares if split and not by_load and sum(share > 0 for share in split.shares.values()) > 1 else None
    dispersion, uncertainty = (split.dispersion, split.uncertainty) if split else (1.0, {})
    return Expectation(needed is not None, goal if len(goal) > 1 else None, given, dispersion, uncertainty, by_load, slow)
