"""All servers of a window's files in one order, so that detectors judge every pool at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern

import numpy as np
from numpy.typing import NDArray

from poise.detectors.places import Places
from poise.model.sample import Window
from poise.model.topology import Pool

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Servers:
    """Pool after pool, as in the files. Servers of pool p are `names[first[p]:first[p + 1]]`; vectors by server are in the order of `names`
    and those by pool in that of `pools`. `by_server` and `by_pool` give the place of a component in the contract's words.

    `full` are the pools that have servers; numpy's `reduceat` over `first[:-1][full]` gives a value for each of those, and `dense` gives
    each server the place of its pool among them. `starts` is that `first[:-1][full]`, and `full_places` are the places of those pools.
    """

    pools: tuple[Pool, ...]
    names: tuple[str, ...]
    first: NDArray[np.intp]
    pool_of: NDArray[np.intp]
    active: Mask
    disabled: Mask
    weight: Floats
    by_server: Mapping[str, int]
    by_pool: Mapping[str, int]
    full: Mask
    dense: NDArray[np.intp]
    starts: NDArray[np.intp]
    full_places: NDArray[np.intp]

    def sums(self, values: "Floats | Mask") -> Floats:
        """The sum over each pool; of a mask, how many."""
        return np.bincount(self.pool_of, weights=values.astype(np.float64), minlength=len(self.pools)).astype(np.float64)

    def largest(self, values: Floats, none: float) -> Floats:
        """The largest of each pool, `none` for a pool without servers."""
        return self._reduced(np.maximum, values, none)

    def smallest(self, values: Floats, none: float) -> Floats:
        """The smallest of each pool, `none` for a pool without servers."""
        return self._reduced(np.minimum, values, none)

    def some(self, mask: Mask) -> Mask:
        """Pools where it holds for some server."""
        found: Mask = self.sums(mask) > 0
        return found

    def of(self, pool: int) -> slice:
        """Where the servers of that pool stand."""
        return slice(int(self.first[pool]), int(self.first[pool + 1]))

    def _reduced(self, how: np.ufunc, values: Floats, none: float) -> Floats:
        found = np.full(len(self.pools), none)
        if len(values):
            found[self.full] = how.reduceat(values, self.starts)
        return found


def servers(window: Window) -> Servers:
    """The servers of this window's files; made anew only when a file changed."""
    found: Servers | None = window.looked.get("servers")
    if found is None:
        found = window.looked["servers"] = window.memo.of("servers", window.topologies, lambda: _servers(window))
    return found


def _servers(window: Window) -> Servers:
    pools = tuple(pool for topology in window.topologies for pool in topology.pools)
    each = [(number, pool, server) for number, pool in enumerate(pools) for server in pool.servers]
    # Of a name there is one string, however many tables hold it: a thousand servers are a tenth of a megabyte each time.
    names = tuple(intern(f"{pool.name}/{server.name}") for _, pool, server in each)
    counts = np.array([len(pool.servers) for pool in pools], dtype=np.intp)
    full, first = counts > 0, np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(counts)])
    return Servers(
        pools,
        names,
        first,
        np.array([number for number, _, _ in each], dtype=np.intp),
        np.array([server.role == "active" for _, _, server in each], dtype=np.bool_),
        np.array([server.disabled for _, _, server in each], dtype=np.bool_),
        np.array([server.weight for _, _, server in each], dtype=np.float64),
        Places("server", names),
        {f"pool {pool.name}": i for i, pool in enumerate(pools)},
        full,
        np.repeat(np.arange(int(full.sum()), dtype=np.intp), counts[full]),
        first[:-1][full],
        full.nonzero()[0],
    )
