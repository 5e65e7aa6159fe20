"""What only two figures together tell: a server that its weight crowds, failures of clients that the load balancer did not count."""

from collections.abc import Iterable
from statistics import median

from poise.diagnosis.halves import Halves
from poise.diagnosis.observe_applications import full
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.saturation import busy_ratio
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# How far a weight may be above its server's part of all slots before it crowds it.
ABOVE = 1.3


def observe_crowding(cut: Halves) -> Iterable[Sign]:
    """All such signs."""
    for parts in pools(cut):
        yield from _crowded(cut, parts)
    yield from _unseen(cut)


def _crowded(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """A full server among others that are not, whose weight is above its part of the slots. Needs no wish: a file may be a week old and
    hurt only today, when the load rises."""
    weights, slots, busy = {}, {}, {}
    for server, component in parts.servers.items():
        application = parts.applications.get(server)
        weight = cut.setting(component, "weight")
        if weight is None and parts.pool is not None and (written := parts.pool.server(server)) is not None:
            weight = float(written.weight)
        held = busy_ratio(cut, application) if application is not None else None
        room = cut.last(application, "slots") if application is not None else None
        if weight is not None and held is not None and room and cut.setting(component, "up") != 0.0:
            weights[server], slots[server], busy[server] = weight, room, held
    if len(weights) < 2 or sum(weights.values()) <= 0:
        return
    hot = max(busy, key=lambda s: busy[s])
    rest = median(b for s, b in busy.items() if s != hot)
    part, given = slots[hot] / sum(slots.values()), weights[hot] / sum(weights.values())
    above = degree(MIDDLE + 6 * (given / part - ABOVE))
    label = f"part of the weights of {parts.name} that its fullest server {hot} has, against its part of the slots"
    surely = full(busy[hot]) * (1 - full(rest)) * above
    yield Sign("crowded by weight", parts.name, label, round(part, 3), round(given, 3), surely, "weight, slots, in_flight")


def _unseen(cut: Halves) -> Iterable[Sign]:
    """The part of clients' requests that fails, beyond the part that the load balancer counted as answers 5xx of its servers."""
    servers = [c for parts in pools(cut) for c in parts.servers.values()]
    failed = [rise for c in servers if (rise := cut.counter_now(c, "responses_5xx_total")) is not None]
    done = [rise for c in servers if (rise := cut.counter_now(c, "requests_total")) is not None]
    if not failed or not done:
        return
    seen = sum(rise for rise, _ in failed) / max(sum(rise for rise, _ in done), 1.0)
    for component in cut.window.stack.of_kind("client"):
        success = cut.now(component.name, "success_ratio")
        if not len(success):
            continue
        lost = 1 - float(success.mean())
        label = f"part of the requests of {component.name} that fails without a 5xx of a server"
        surely = degree(MIDDLE + 30 * (lost - seen - 0.1), certainty(len(success)))
        source = "success_ratio, responses_5xx_total"
        yield Sign("unseen failures", component.name, label, 0, round(max(lost - seen, 0.0), 3), surely, source)
        yield from _contradicted(cut, component.name, servers, lost - seen)


def _contradicted(cut: Halves, client: str, servers: list[str], lost: float) -> Iterable[Sign]:
    """Clients say that their requests are lost, and as many arrive at the servers as ever: who measures the clients may be the one that
    fails, or what is lost is lost on the way back."""
    now = [c for s in servers if (c := cut.counter_now(s, "requests_total")) is not None and c[1] > 0]
    before = [c for s in servers if (c := cut.counter_normal(s, "requests_total")) is not None and c[1] > 0]
    usual = sum(rise / seconds for rise, seconds in before)
    if lost < 0.1 or usual < 1 or not now:
        return
    arrive = sum(rise / seconds for rise, seconds in now)
    kept = (arrive / usual - (1 - lost)) / lost
    label = f"requests per second at the servers, while {client} says that {lost:.0%} are lost before them"
    surely = degree(MIDDLE + 8 * (kept - 0.6), certainty(int(now[0][1])))
    yield Sign("arrivals as ever", client, label, round(usual * (1 - lost), 1), round(arrive, 1), surely, "requests_total, success_ratio")
