"""The rate at which a pool's busiest server has no rest left: arithmetic, for every forecast."""

from collections.abc import Sequence

from poise.model.forecast import ServerShare
from poise.model.needs import PoolNeeds
from poise.model.what_if import Headroom


def by_arithmetic(needs: PoolNeeds, servers: Sequence[ServerShare]) -> Headroom | None:
    """Peak / utilisation of the busiest server, shares taken as they are at the peak. None without a declared rate."""
    known = [(s.utilisation, s.server) for s in servers if s.utilisation]
    if not known or not needs.peak_requests_per_second:
        return None
    most, server = max(known)
    rate = needs.peak_requests_per_second / most
    return Headroom(
        rate,
        1 / most,
        None,
        f"{server} is busy all the time",
        False,
        sustained_requests_per_second=rate,
        sustained_times_peak=1 / most,
    )
