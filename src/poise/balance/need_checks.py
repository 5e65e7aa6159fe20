"""What the needs ask, held against what the forecast says."""

from collections.abc import Iterator, Sequence

from poise.balance.expected import wanted
from poise.balance.room import LITTLE_LEFT, keeps_up, little_left
from poise.balance.splits import blind, bound_by, hashes_address
from poise.model.forecast import Loss, NeedCheck, ServerShare
from poise.model.needs import PoolNeeds
from poise.model.topology import Pool

# A share within 2 points or a tenth of the wanted one is as wanted: weights of 100 and 95 are a choice of numbers, not a fault.
TOLERANCE_POINTS = 0.02
TOLERANCE_OF_WANTED = 0.1
ROUNDING = 1e-9
UNKNOWN_LOAD = (
    "a server remains after every such loss; how busy it gets takes peak_requests_per_second, service_time_ms and concurrency_per_server"
)


def check_needs(pool: Pool, needs: PoolNeeds, servers: Sequence[ServerShare], without: Sequence[Loss]) -> tuple[NeedCheck, ...]:
    """One check for each need that is declared and can be held against shares: split, max_share, peak, survive, sticky."""
    return (
        *_split(pool, needs, servers),
        *_max_share(pool, needs, servers),
        *_peak(needs, servers),
        *_survive(pool, needs, servers, without),
        *_sticky(pool, needs),
    )


def percent(share: float) -> str:
    """A ratio 0–1 as a percentage with one digit."""
    return f"{100 * share:.1f} %"


def _one_address(pool: Pool, needs: PoolNeeds) -> bool:
    return bool(needs.clients_behind_nat) and hashes_address(pool) and sum(1 for s in pool.servers if not s.disabled) > 1


def _split(pool: Pool, needs: PoolNeeds, servers: Sequence[ServerShare]) -> Iterator[NeedCheck]:
    # A server that the file disables is out on purpose: the split is wanted of the others, as the audit and the watch judge it.
    ought = wanted(pool, needs, {s.name for s in pool.servers if not s.disabled})
    if ought is None:
        return
    if _one_address(pool, needs):
        yield NeedCheck("split", False, f"clients share one address (clients_behind_nat), which `{bound_by(pool)}` sends to one server")
        return
    off = [(s, ought.get(s.server, 0.0)) for s in servers]
    off = [(s, want) for s, want in off if abs(s.share - want) > max(TOLERANCE_POINTS, TOLERANCE_OF_WANTED * want) + ROUNDING]
    if not off:
        yield NeedCheck("split", True, "every share is within 2 points, or a tenth, of the wanted one")
        return
    worst, want = max(off, key=lambda pair: abs(pair[0].share - pair[1]))
    # A backup that gets nothing is not one of those that could be off.
    judged = {*ought, *(s.server for s, _ in off)}
    said = f"{worst.server} gets {percent(worst.share)}, wanted is {percent(want)}; {len(off)} of {len(judged)} are off"
    yield NeedCheck("split", False, said)


def _max_share(pool: Pool, needs: PoolNeeds, servers: Sequence[ServerShare]) -> Iterator[NeedCheck]:
    if needs.max_share is None:
        return
    most = max(servers, key=lambda s: s.share)
    if _one_address(pool, needs):
        yield NeedCheck(
            "max_share", needs.max_share >= 1, f"one client address (clients_behind_nat) makes `{bound_by(pool)}` use one server"
        )
        return
    met = most.share <= needs.max_share + ROUNDING
    limit = percent(needs.max_share)
    detail = f"at most {limit} is allowed" if met else f"more than the {limit} that any server may get"
    yield NeedCheck("max_share", met, f"{most.server} gets {percent(most.share)}, {detail}")


def _peak(needs: PoolNeeds, servers: Sequence[ServerShare]) -> Iterator[NeedCheck]:
    peak = needs.peak_requests_per_second
    if peak and not any(s.share for s in servers):
        yield NeedCheck("peak_requests_per_second", False, f"no server takes any of {peak:g} requests/s: every client gets an error")
        return
    known = [(s.utilisation, s.server) for s in servers if s.utilisation is not None]
    if not known or peak is None:
        return
    busy, server = max(known)
    yield NeedCheck("peak_requests_per_second", keeps_up(busy), f"{server} is {percent(busy)} busy at {peak:g} requests/s{_room(busy)}")


def _survive(pool: Pool, needs: PoolNeeds, servers: Sequence[ServerShare], without: Sequence[Loss]) -> Iterator[NeedCheck]:
    if not needs.survive:
        return
    usable = [s for s in servers if s.role != "disabled"]
    if not any(s.share for s in servers):
        yield NeedCheck("survive", False, f"{needs.survive} may be lost, but no server takes any request as it is")
        return
    if needs.survive >= len(usable):
        yield NeedCheck("survive", False, f"{needs.survive} may be lost, but {len(usable)} can serve at all: none would be left")
        return
    losses = [loss for loss in without if len(loss.lost) == needs.survive]
    dead = next((loss for loss in losses if loss.top_share <= 0), None)
    if dead:
        yield NeedCheck("survive", False, f"without {_names(dead)} no server takes any request: every client gets an error")
        return
    failing = max(losses, key=lambda loss: loss.to_lost, default=None)
    if failing and failing.to_lost > ROUNDING:
        said = f"without {_names(failing)} {percent(failing.to_lost)} of the requests still go to what is lost, and fail"
        yield NeedCheck("survive", False, f"{said}: so few are healthy that all are used (panic)")
        return
    known = [(loss.max_utilisation, loss) for loss in losses if loss.max_utilisation is not None]
    if not known:
        yield NeedCheck("survive", True, UNKNOWN_LOAD)
        return
    busy, worst = max(known, key=lambda pair: pair[0])
    most = max((s for s in worst.servers if s.utilisation is not None), key=lambda s: s.utilisation or 0.0)
    detail = f"without {_names(worst)} the busiest, {most.server}, is {percent(busy)} busy at peak"
    # Clients that wait for an answer wait longer where servers are full, and send no more than these work off.
    met, room = (True, "") if needs.closed else (keeps_up(busy), _room(busy))
    yield NeedCheck("survive", met, detail + room + _unseen(pool))


def _room(busy: float) -> str:
    """What to say of a server so busy."""
    return ": it cannot keep up" if not keeps_up(busy) else f", {LITTLE_LEFT}" if little_left(busy) else ""


def _unseen(pool: Pool) -> str:
    """The forecast takes a lost server as seen; one that nothing checks keeps its share."""
    unseen = blind(pool)
    return f"; but nothing checks {', '.join(unseen)}: lost, it keeps its share of the requests and fails them" if unseen else ""


def _sticky(pool: Pool, needs: PoolNeeds) -> Iterator[NeedCheck]:
    if not needs.sticky:
        return
    bound = bound_by(pool)
    yield NeedCheck("sticky", bound is not None, f"{bound} binds clients to a server" if bound else "nothing binds a client to a server")


def _names(loss: Loss) -> str:
    return " and ".join(loss.lost)
