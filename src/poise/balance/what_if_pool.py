"""A pool as the queues that its configuration and its needs make of it."""

from collections.abc import Mapping
from math import inf

from poise.balance.arrivals.station import FATES, QUEUE_TIMEOUT, REFUSED, SERVER_FULL, SERVER_TIMEOUT, Station
from poise.balance.splits import blind, limits_of, split_of
from poise.balancers.simulation.draws import sigma_of
from poise.model.light import dataclass
from poise.model.load import Load
from poise.model.load_limits import LoadLimits
from poise.model.needs import PoolNeeds
from poise.model.topology import Pool, Server, Topology

SETTLED = 100.0  # service times after which a pool that keeps up has forgotten its start
QUEUED_WAYS = ("least", "two", "request", "first")  # shares follow the load, weights do not say them


@dataclass(frozen=True, slots=True)
class Loaded:
    """The pool, the load that is declared for it, and its queues."""

    pool: Pool
    needs: PoolNeeds
    load: Load
    peak: float
    limits: LoadLimits
    station: Station
    target: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The servers' names, in order."""
        return tuple(server.name for server in self.pool.servers)

    def weights(self, lost: frozenset[str] = frozenset()) -> tuple[tuple[float, ...], float]:
        """Each server's weight with those lost, and the part 0–1 of the requests that lost servers keep and fail: nothing checks them, or
        so many are lost that Envoy chooses among all, the dead included."""
        unseen = lost & set(blind(self.pool))
        whole = self.shares(lost - unseen)
        kept = sum(whole[name] for name in lost)
        return tuple(0.0 if s.name in lost else self._weight(s, whole) for s in self.pool.servers), kept

    def _weight(self, server: Server, shares: Mapping[str, float]) -> float:
        if self.station.way == "first":
            return float(server.role == "active" and server.weight > 0)
        return float(server.weight) * (shares[server.name] > 0) if self.station.way in QUEUED_WAYS else shares[server.name]

    def shares(self, lost: frozenset[str] = frozenset()) -> Mapping[str, float]:
        """The shares by the product's rules with those servers known to be down."""
        found = split_of(self.pool, lambda server: server.name not in lost, None, self.target, self.peak * self.load.service_time_ms / 1000)
        return found.shares if found else dict.fromkeys(self.names, 0.0)

    def busy(self, shares: tuple[float, ...], rate: float) -> tuple[float, ...]:
        """How busy each server is with its share of that rate."""
        station = self.station
        slots = (min(pair) for pair in zip(station.slots, station.limits, strict=True))
        return tuple(rate * share * mean / most for share, mean, most in zip(shares, station.means, slots, strict=True))

    def capacity(self, weights: tuple[float, ...]) -> float:
        """Requests/s that the servers work off at most: until the busiest is full, or all where the others take what one cannot."""
        station, total = self.station, sum(weights)
        rates = [min(slots, limit) / mean for slots, limit, mean in zip(station.slots, station.limits, station.means, strict=True)]
        if not total:
            return 0.0
        # Full servers are passed over, by whoever waits in the load balancer or is refused there; a server that takes more than it works
        # on at once is not full when it is busy.
        passes = station.way != "hash" and all(
            limit <= slots for slots, limit, weight in zip(station.slots, station.limits, weights, strict=True) if weight
        )
        if station.way in QUEUED_WAYS or passes:
            return sum(rate for rate, weight in zip(rates, weights, strict=True) if weight)
        return min(rate * total / weight for rate, weight in zip(rates, weights, strict=True) if weight)

    def patience(self) -> float:
        """How long a request waits at most before it fails, in seconds of work that stand before it; infinity where none ever fails."""
        s = self.station
        behind = min((max(0.0, limit - slots) for slots, limit in zip(s.slots, s.limits, strict=True)), default=inf)
        each = min(mean / slots for mean, slots in zip(s.means, s.slots, strict=True))
        in_balancer = behind * each + s.queue_seconds if s.waits and behind < inf else inf
        refused = behind * each if not s.waits and behind < inf else inf
        held = s.most_held * each / len(s.means) if s.most_held < inf else inf
        return min(s.server_seconds, in_balancer, refused, held, s.queue * each)

    def settles(self) -> float:
        """After how many seconds a lane does what it will do; infinity where requests wait, for a queue near its limit grows slowly."""
        return SETTLED * max(self.station.means) if self.patience() == 0 else inf

    def failing(self, failed: tuple[float, ...]) -> str | None:
        """What most failures are by, in the words of the configuration; None without any."""
        if len(failed) != FATES or not sum(failed):
            return None
        limits = self.limits
        seconds = {QUEUE_TIMEOUT: limits.queue_seconds, SERVER_TIMEOUT: limits.server_seconds}
        said = {
            QUEUE_TIMEOUT: f"{limits.queue_setting} ({seconds[QUEUE_TIMEOUT]:g} s in the load balancer's queue)",
            REFUSED: f"{limits.full_setting} (the load balancer refuses)",
            SERVER_FULL: f"queue_per_server ({self.needs.queue_per_server} wait in the server, which refuses)",
            SERVER_TIMEOUT: f"{limits.server_setting} ({seconds[SERVER_TIMEOUT]:g} s without an answer)",
        }
        return said[max(range(FATES), key=lambda fate: failed[fate])]


def loaded(topology: Topology, pool: Pool, needs: PoolNeeds) -> Loaded | None:
    """The pool under its declared load; None where rate, service time or what a server works on at once is not known."""
    load, limits = needs.load(topology.workers), limits_of(topology, pool)
    if load is None or not needs.peak_requests_per_second or limits is None or not pool.servers:
        return None
    slots = [load.slots_of(s.name) or s.maxconn for s in pool.servers]
    if not all(slots):
        return None
    own = inf if needs.queue_per_server is None else float(needs.queue_per_server)
    station = Station(
        tuple(load.mean_ms(s.name) / 1000 for s in pool.servers),
        tuple(float(each or 1) for each in slots),
        tuple(float(s.maxconn) if s.maxconn else inf for s in pool.servers),
        limits.way,
        own,
        limits.waits,
        limits.queue_seconds,
        limits.server_seconds,
        limits.most_held,
        load.distribution,
        sigma_of(load.service_time_ms, load.p99_ms),
    )
    return Loaded(pool, needs, load, needs.peak_requests_per_second, limits, station, topology.target)
