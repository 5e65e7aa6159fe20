"""Declared needs that a forecast cannot follow, so that nobody takes it for one that does."""

from collections.abc import Iterator, Sequence

from poise.model.load import LARGEST_P99
from poise.model.needs import Needs, PoolNeeds
from poise.model.remark import Remark
from poise.model.topology import Topology


def set_aside(needs: Needs, topologies: Sequence[Topology], file: str) -> Iterator[Remark]:
    """What of the needs of these pools does not count, and what counts in its place. `file` is where the needs stand."""
    for name in dict.fromkeys(pool.name for topology in topologies for pool in topology.pools):
        for said in _of_pool(needs.of(name)):
            yield Remark(file, f"pool {name}: {said}")


def _of_pool(needs: PoolNeeds) -> Iterator[str]:
    if needs.clients and needs.peak_requests_per_second:
        yield (
            f"peak_requests_per_second is the load, so clients = {needs.clients} does not count: clients that wait for their answers are a "
            "load of their own. Declare one of both"
        )
    load = needs.load()
    if load is None or load.distribution != "lognormal" or not load.p99_ms:
        return
    times = load.p99_ms / load.service_time_ms
    if times > LARGEST_P99:
        yield (
            f"service_time_p99_ms is {times:.3g} × service_time_ms, and no lognormal distribution goes beyond {LARGEST_P99:.3g} ×: that is "
            "simulated, so very slow answers are rarer in the forecast than declared. Is service_time_ms the mean, not the median?"
        )
    elif times < 1:
        yield "service_time_p99_ms is below the mean, service_time_ms: all requests are simulated as taking that long"
