"""What share of the traffic each server will get, how busy that makes it at the declared peak, and what the loss of servers does."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, combinations
from math import comb, sqrt

from poise.balance.full_at import by_arithmetic
from poise.balance.idle import with_reasons
from poise.balance.need_checks import check_needs
from poise.balance.played import MANY_POOLS, Played, is_simulated_without, played, played_split, split_without
from poise.balance.routes import route_shares
from poise.balance.same_losses import SameLosses
from poise.balance.same_pools import SamePools, kind_of
from poise.balance.slow_start import slow_starts
from poise.balance.splits import Up, hashes_address, load_decides, loss_in_rows, one_key, placed
from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast, Loss, PoolForecast, ServerShare
from poise.model.keys import Keys, Placed
from poise.model.later import Later
from poise.model.light import dataclass
from poise.model.needs import Needs, PoolNeeds
from poise.model.split import Split
from poise.model.topology import Pool, Server, Topology
from poise.model.what_if import Questions

# Servers times sets of lost servers that are computed (a second or two); beyond, of the sets of that size only the busiest servers' is.
MOST_ROWS = 20_000
# … and of all sizes together: every single server of a pool of up to 400.
MOST_ROWS_IN_ALL = 160_000
NOTHING_ASKED = Questions()


@dataclass(frozen=True, slots=True)
class Demand:
    """What the forecast is made for: requests measured, the keys they carry if known, and the pool's needs.

    `played` is the declared load where load-dependent algorithms are to be simulated under it.
    """

    requests: int
    keys: Keys | None
    needs: PoolNeeds
    played: Played | None = None

    @property
    def concurrency(self) -> float | None:
        """Requests that the pool holds at once at the declared peak (Little's law), None where rate or service time is not declared."""
        needs = self.needs
        if not needs.service_time_ms or not (needs.peak_requests_per_second or needs.clients):
            return None
        return float((needs.clients or 0) if needs.closed else (needs.peak_requests_per_second or 0.0) * needs.service_time_ms / 1000)


def forecast(
    topologies: Sequence[Topology],
    needs: Needs,
    requests: int = 1500,
    keys: Sequence[str] | None = None,
    asked: Questions = NOTHING_ASKED,
    progress: Callable[[str, float], None] | None = None,
) -> Forecast:
    """The forecast of every pool with servers. `requests` is the size of the measurement that `error` is for, `asked` what could happen;
    `progress` is told the pool whose answer is simulated and the part 0–1 that is done.

    `keys` are what clients send to pools that hash, one entry a request: shares are then over them. Unknown products become `could_not`.
    """
    given = None if keys is None else Keys(keys)
    pools: list[PoolForecast] = []
    could_not = list(chain.from_iterable(t.could_not for t in topologies))
    simulated, known = _simulated(topologies, needs), SamePools()
    for topology in topologies:
        for pool in topology.pools:
            if not pool.servers:
                continue
            own = needs.of(pool.name)
            listed = given if given is None or one_key(topology, pool) else None
            made = pool_forecast(topology, pool, Demand(max(1, requests), listed, own, played(own, topology.workers, simulated, known)))
            if isinstance(made, CouldNot):
                could_not.append(made)
            else:
                pools.append(made)
    complete = True
    if asked:
        # numpy takes longer to import than most forecasts take to compute.
        from poise.balance.answers import answered  # noqa: PLC0415

        pools, unanswered, complete = answered(topologies, needs, pools, asked, progress)
        could_not += unanswered
    routes = tuple(chain.from_iterable(map(route_shares, topologies)))
    return Forecast(tuple(pools), tuple(could_not), routes=routes, interrupted=not complete)


def _simulated(topologies: Sequence[Topology], needs: Needs) -> int:
    """How many pools there are whose declared load decides, and so is simulated; of those that are alike one."""
    loads = [(t, p, needs.of(p.name).load(t.workers)) for t in topologies for p in t.pools if p.servers]
    declared = [(t, pool, load) for t, pool, load in loads if load is not None]
    if len(declared) <= MANY_POOLS:
        return len(declared)  # whether it decides is not worth to be asked
    return len({kind_of(pool, load)[0] for t, pool, load in declared if load_decides(pool, load, t.target)})


def pool_forecast(topology: Topology, pool: Pool, demand: Demand, losses: bool = True) -> PoolForecast | CouldNot:
    """The forecast of one pool, or why there is none. Without `losses` nothing is said of servers lost, nor of the need to survive that."""
    if pool.partly_read:
        reason = "one of its server lines is refused, as told: what share each server would get is not known"
        return CouldNot(f"{topology.file}: pool {pool.name}", reason, pool.location.line)
    whole = played_split(pool, topology.target, demand.concurrency, demand.played)
    if whole is None:
        return CouldNot(
            f"{topology.file}: pool {pool.name}",
            f"poise does not know how {pool.product}'s {pool.algorithm.name} splits traffic",
            pool.location.line,
        )
    servers = _servers(pool, whole, None, demand)
    without = tuple(_losses(pool, servers, topology.target, demand, whole)) if losses else ()
    over = None if demand.keys is None else placed(pool, demand.keys)
    return PoolForecast(
        topology.file,
        pool.product,
        pool.name,
        pool.algorithm.name,
        whole.basis,
        demand.requests,
        with_reasons(pool, whole, servers, demand.keys if over else None),
        without,
        check_needs(pool, demand.needs, servers, without),
        over,
        headroom=by_arithmetic(demand.needs, servers),
        sampling=whole.sampling,
        slow_starts=tuple(slow_starts(pool, servers)),
    )


def standard_error(share: float, doubt: float, requests: int, deterministic: bool) -> float:
    """The standard error of a share 0–1 measured over `requests` requests; `doubt` is the forecast's own.

    Requests that choose independently scatter as a binomial does. An algorithm that deals in turn cuts a round anywhere: a count is
    off by less than one request, and that one request is the error, not √(p (1 − p) / n). All or nothing leaves no room for chance.
    """
    if not 0 < share < 1:
        return doubt
    return sqrt(doubt**2 + (1 / requests**2 if deterministic else share * (1 - share) / requests))


def concurrency_limit(server: Server, needs: PoolNeeds) -> int | None:
    """How many requests the server can serve at once: what is declared, or its maxconn where that is lower or alone."""
    declared = (needs.concurrency_by_server or {}).get(server.name, needs.concurrency_per_server)
    limits = [limit for limit in (declared, server.maxconn) if limit]
    return min(limits) if limits else None


def _utilisation(server: Server, shares: Mapping[str, float], demand: Demand) -> float | None:
    """Requests that the server would hold without any queue, by its limit: above 1 it cannot keep up, or clients wait for it."""
    limit, held = concurrency_limit(server, demand.needs), demand.concurrency
    if held is None or limit is None:
        return None
    return held * shares[server.name] * _slowness(server.name, demand.needs) / _mean_slowness(shares, demand.needs) / limit


def _slowness(name: str, needs: PoolNeeds) -> float:
    """The server's service time as a multiple of the declared one."""
    times, usual = needs.service_time_ms_by_server, needs.service_time_ms
    return times.get(name, usual) / usual if times and usual else 1.0


def _mean_slowness(shares: Mapping[str, float], needs: PoolNeeds) -> float:
    """That of all requests, where clients wait and their number is what is declared; 1 under a rate."""
    if not needs.closed or not needs.service_time_ms_by_server:
        return 1.0
    return sum(share * _slowness(server, needs) for server, share in shares.items()) or 1.0


def _servers(pool: Pool, split: Split, up: Up | None, demand: Demand, listed: Up | None = None) -> tuple[ServerShare, ...]:
    shares, doubts = split.shares, split.uncertainty
    if demand.keys is not None and (found := placed(pool, demand.keys, up)):
        shares, doubts = _over_keys(split, found), dict.fromkeys(shares, 0.0)
    elif demand.needs.clients_behind_nat and hashes_address(pool):
        # One address hashes to one server; which one is not known, so each gets all with the probability of its share.
        doubts = {name: sqrt(share * (1 - share)) for name, share in shares.items()}
    busy = {s.name: _utilisation(s, shares, demand) for s in pool.servers}
    # Clients that wait for an answer send no more than the busiest server gives.
    over = max(1.0, *(each or 0.0 for each in busy.values())) if demand.needs.closed else 1.0
    return tuple(
        ServerShare(
            s.name,
            s.address,
            # In panic Envoy sends requests to hosts that drain too.
            "active" if s.role == "disabled" and shares[s.name] else s.role,
            s.weight,
            shares[s.name],
            standard_error(shares[s.name], doubts[s.name], demand.requests, split.deterministic),
            None if (each := busy[s.name]) is None else each / over,
        )
        for s in pool.servers
        if listed is None or listed(s)
    )


def _over_keys(split: Split, found: Placed) -> Mapping[str, float]:
    """Shares over the keys as often as they are listed; keys without a known place follow the split.

    Where the split gives some of the traffic to nobody, those keys are it.
    """
    counts, lost = found.requests()
    lost = lost if sum(split.shares.values()) > 1 - 1e-6 else 0
    return {name: (counts.get(name, 0) + lost * share) / found.given.total for name, share in split.shares.items()}


def _losses(pool: Pool, servers: Sequence[ServerShare], target: str | None, demand: Demand, whole: Split) -> list[Loss]:
    """Every set of up to `survive` servers lost; where they are too many, of each size the busiest servers, the largest size always."""
    usable = [s.server for s in servers if s.role != "disabled"]
    deepest = min(max(1, demand.needs.survive or 1), len(usable))
    share = {s.server: s.share for s in servers}
    busiest = sorted(usable, key=lambda name: -share[name])
    sets: list[frozenset[str]] = []
    room = MOST_ROWS_IN_ALL
    each = max(len(usable), loss_in_rows(pool) if demand.keys is not None else 0)
    for size in range(1, deepest + 1):
        rows = comb(len(usable), size) * each
        if rows <= (MOST_ROWS if size > 1 else room):
            sets += map(frozenset, combinations(usable, size))
        elif size == 1 and each > len(usable):
            # Of those that take long, as many as there is time for.
            rows = room
            sets += [frozenset((name,)) for name in busiest[: max(1, room // each)]]
        elif room > 0 or size == deepest:
            rows = len(usable)
            sets.append(frozenset(busiest[:size]))
        room -= rows
    same = SameLosses(pool, demand.needs, lambda lost, simulate: _left(pool, lost, target, demand, whole, simulate))
    if demand.played and whole.basis == "simulated":
        serving = sum(share > 0 for share in whole.shares.values())
        worth = [lost for lost in sets if is_simulated_without(_gone(whole, lost), serving)]
        same.simulate(worth, demand.played.losses, partial(_gone, whole))
    busy = _all_of_it(pool, demand)
    return [_loss(pool, lost, demand, same, busy) for lost in sets]


def _gone(whole: Split, lost: frozenset[str]) -> float:
    return sum(whole.shares[name] for name in lost)


def _left(pool: Pool, lost: frozenset[str], target: str | None, demand: Demand, whole: Split, simulate: bool) -> Split | None:
    load = demand.played if simulate else None
    return split_without(pool, lost, lambda server: server.name not in lost, target, demand.concurrency, load, whole)


def _all_of_it(pool: Pool, demand: Demand) -> Mapping[str, float]:
    """How busy each server would be with all requests, where a limit says so: with a share of them it is that share of it."""
    limits = {server.name: limit for server in pool.servers if (limit := concurrency_limit(server, demand.needs))}
    held = demand.concurrency
    return {} if held is None else {name: held * _slowness(name, demand.needs) / limit for name, limit in limits.items()}


def _loss(pool: Pool, lost: frozenset[str], demand: Demand, same: SameLosses, busy: Mapping[str, float]) -> Loss:
    def up(server: Server) -> bool:
        return server.name not in lost

    split = same.without(lost)
    names = tuple(lost) if len(lost) == 1 else tuple(s.name for s in pool.servers if s.name in lost)
    if split is None:
        return Loss(names, (), None, None, 0.0)
    if demand.keys is None:
        # What the rows would say of the busiest, without the rows.
        shares = split.shares
        slower = _mean_slowness(shares, demand.needs) if busy else 1.0
        known = [shares[name] * each / slower for name, each in busy.items() if name not in lost]
        # Made when somebody looks: 500 pools of 20 have 200,000 of them, of which a report shows a few hundred.
        rows: Sequence[ServerShare] = Later(partial(_servers, pool, split, up, demand, up))
    else:
        every = _servers(pool, split, up, demand)
        rows = tuple(s for s in every if s.server not in lost)
        known, shares = [s.utilisation for s in rows if s.utilisation is not None], {s.server: s.share for s in every}
    left = dict(shares)
    to_lost = sum([left.pop(name, 0.0) for name in names])
    top = max(left, key=left.__getitem__, default=None)
    share = left[top] if top is not None else 0.0
    busiest = max(known) if known else None
    if busiest is not None and demand.needs.closed:
        busiest = min(1.0, busiest)
    return Loss(names, rows, busiest, top if share else None, share, to_lost)
