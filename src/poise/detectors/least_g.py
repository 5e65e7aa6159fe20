"""The least G of a window that may be uneven, for the shares as they are: kept while they are the same, for every look asks it."""

from collections import Counter
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from poise.balance.evenness import FEWEST_EXPECTED, critical_value, threshold
from poise.balance.exact import EXACT_UP_TO, often_reached
from poise.detectors.comparison import LOOKS_EVERY_SECONDS, SPANS
from poise.detectors.expected_shares import Scaled
from poise.detectors.servers import Floats, Servers

# Sums in another order differ in their last digits: the screen leaves that much to the judge.
SLACK = 1e-6
# Where χ² over the servers that expect a request or more gives this much, the exact distribution gives far more than LIMIT
# (tests/balance/test_exact.py).
EXACT_ABOVE = 1e-3
# A look pays for itself, whatever its span.
LIMIT = threshold(SPANS[0], 1.0, len(SPANS), LOOKS_EVERY_SECONDS)


class LeastG:
    """Of every pool that has servers and both kinds of its shares.

    Windows whose servers all expect enough are judged by χ² over all of them; up to `EXACT_UP_TO` requests, where some expect fewer, by the
    exact distribution; more requests over such servers by χ² over cells that were pooled.
    """

    def __init__(self, servers: Servers, scaled: Scaled) -> None:
        self._servers, self._expected = servers, scaled.expected
        shared = scaled.expected > 0
        smallest = np.minimum.reduceat(np.where(shared, scaled.expected, np.inf), servers.starts, axis=1)
        self._smallest = np.where(np.isfinite(smallest), smallest, 0.0)[:, None]
        count = np.add.reduceat(shared.astype(np.intp), servers.starts, axis=1)
        self._apart = np.array([asked(n) for n in range(int(count.max()) + 1)])[count][:, None]
        # By number of requests, 0 for one that was not asked yet; then of more over rare servers (two cells at least), and over others.
        self._few = np.zeros((EXACT_UP_TO + 3, len(shared), count.shape[1]), dtype=np.float32)
        self._few[-2], self._few[-1] = asked(2) * (1 - SLACK), self._apart[:, 0] * (1 - SLACK)
        with np.errstate(divide="ignore"):
            self._all_apart = np.maximum(EXACT_UP_TO + 1.0, FEWEST_EXPECTED * (1 + SLACK) / self._smallest)
        self._place = np.arange(self._few[0].size).reshape(len(shared), 1, -1)
        self._common: dict[tuple[int, int], tuple[float, int]] = {}

    def first(self, total: Floats) -> NDArray[np.float32]:
        """What no uneven window of so many requests is below, by kind, window and pool; 0 for a number that is rare."""
        row = np.minimum(total, EXACT_UP_TO + 1).astype(np.intp) + (total >= self._all_apart)
        return self._few.take(row * self._place.size + self._place)

    def _known(self, kind: int, pool: int, total: int) -> float:
        """As `first`, for few requests. Whether all cells stay apart may hang on the last digit: then nothing is known."""
        kept = float(self._few[total, kind, pool])
        if not kept:
            mean = total * float(self._smallest[kind, 0, pool])
            if mean >= FEWEST_EXPECTED * (1 + SLACK):
                kept = float(self._apart[kind, 0, pool])
            elif mean < FEWEST_EXPECTED * (1 - SLACK):
                kept = often_reached(total, *self._most_common(kind, pool), LIMIT)
            self._few[total, kind, pool] = kept = max(kept, 1e-9) * (1 - SLACK)
        return kept

    def of(self, kind: int, pool: int, total: int) -> tuple[float, bool]:
        """The least G of this very window, and whether it is judged by the exact distribution.

        Pooled to cells of five expected and more, G becomes no larger: so it must reach what χ² asks of as many cells as surely remain.
        """
        known = self._known(kind, pool, total) if total <= EXACT_UP_TO else 0.0
        means = (total * self._expected[kind, self._where(pool)]).tolist()
        rare = [mean for mean in means if mean < FEWEST_EXPECTED]
        merged = sum(rare)
        if merged > 0 and total <= EXACT_UP_TO:
            among = sum(mean >= 1 for mean in means)
            return max(known, near(among) * (1 - SLACK)), True
        # What is merged of rare cells has less than ten, but for the last, which goes to any.
        cells = len(means) - len(rare) + ceil(max(0.0, merged - FEWEST_EXPECTED) / (2 * FEWEST_EXPECTED) - SLACK)
        return asked(cells) * (1 - SLACK), False

    def _most_common(self, kind: int, pool: int) -> tuple[float, int]:
        """The share that most of its servers have, and how many."""
        found = self._common.get((kind, pool))
        if found is None:
            shares = Counter(round(share, 12) for share in self._expected[kind, self._where(pool)].tolist() if share > 0)
            found = self._common[kind, pool] = shares.most_common(1)[0]
        return found

    def _where(self, pool: int) -> slice:
        return self._servers.of(int(self._servers.full_places[pool]))


@lru_cache(maxsize=1024)
def asked(cells: int) -> float:
    """What χ² asks of so many cells. One alone contradicts nothing, unless something came that nothing was expected of."""
    return 0.0 if not cells else np.inf if cells == 1 else critical_value(LIMIT, cells)


@lru_cache(maxsize=1024)
def near(servers: int) -> float:
    """The exact distribution of few requests is near enough to χ² over the servers that expect one or more (EXACT_ABOVE)."""
    return 0.0 if servers < 2 else critical_value(EXACT_ABOVE, servers)
