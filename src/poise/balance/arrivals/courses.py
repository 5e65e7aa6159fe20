"""Lanes of a whole pool, each several times over, by the cheapest way that is the same pool."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, sqrt

import numpy as np

from poise.balance.arrivals.afford import Afforded, afford
from poise.balance.arrivals.part import Course, Part, course
from poise.balance.arrivals.piece import Piece
from poise.balance.arrivals.run import Progress, run
from poise.balance.arrivals.station import Lane, Station
from poise.model.light import dataclass

ALIKE = 4  # servers that are simulated of more that nothing tells apart, each with its part of the load
MOST_ARRIVALS, FEWEST_SLOTS = 12_000, 4  # what a lane may cost, and what is left of a server to keep it so
ALLOWED_SECONDS = 0.8  # of a machine's time, for all lanes together
EVEN = 0.01  # servers as busy as each other within this are full at the same time


@dataclass(frozen=True, slots=True)
class Outcome:
    """A course over all replicas, the standard errors of the failed ratio, over all the time and over the last third, and for how long it
    was simulated. `coarser` is what was left out for the time that it takes."""

    course: Course
    error: float
    late_error: float
    seconds: float
    coarser: str | None = None


def outcomes(
    station: Station,
    lanes: Sequence[Lane],
    seconds: float,
    replicas: int,
    seed: int = 1,
    progress: Progress | None = None,
    thin: bool = False,
    alike: int = ALIKE,
    settles: float = inf,
    allowed: float = ALLOWED_SECONDS,
) -> tuple[Outcome, ...]:
    """What becomes of each lane, over so many independent replicas. `thin`: large servers may be smaller ones under a part of the load;
    `alike` servers stand for all that nothing tells apart. It takes `allowed` seconds at most, for which lanes are cut short that settle
    after `settles` seconds, and then what else must be."""
    pieces = [_pieces(station, lane, alike) for lane in lanes]
    if thin:
        # All lanes of a station alike: they are steps of one run then.
        fastest: dict[Station, float] = {}
        for piece in (piece for each in pieces for piece in each):
            fastest[piece.station] = max(piece.lane.rate, fastest.get(piece.station, 0.0))
        pieces = [[_thinned(piece, fastest[piece.station] * seconds) for piece in each] for each in pieces]
    afforded = afford(pieces, seconds, replicas, settles, allowed)
    seconds, replicas = afforded.seconds, afforded.replicas
    by_station: dict[Station, list[Lane]] = {}
    for piece in (piece for each in afforded.pieces for piece in each):
        by_station.setdefault(piece.station, []).append(piece.lane)
    done = 0.0
    most = sum(max(lane.rate for lane in each) for each in by_station.values()) or 1.0
    made: dict[Station, list[tuple[Part, ...]]] = {}
    for each, some in by_station.items():
        part = max(lane.rate for lane in some) / most
        told = None if progress is None else _within(progress, done, part)
        found = run(each, [lane for lane in some for _ in range(replicas)], seconds, seed, told)
        done += part
        made[each] = [found[i * replicas : (i + 1) * replicas] for i in range(len(some))][::-1]
    return tuple(_outcome([(piece, made[piece.station].pop()) for piece in each], len(station.means), afforded) for each in afforded.pieces)


def _within(progress: Progress, done: float, part: float) -> Progress:
    return lambda ratio: progress(done + part * ratio)


def _outcome(pieces: Sequence[tuple[Piece, tuple[Part, ...]]], n: int, afforded: Afforded) -> Outcome:
    seconds, replicas = afforded.seconds, afforded.replicas
    spread = [(piece.times, [_of_lane(piece, part, n) for part in parts]) for piece, parts in pieces]
    single = [course([(times, parts[r]) for times, parts in spread], seconds) for r in range(replicas)]
    whole = course([(times, part) for times, parts in spread for part in parts], seconds, replicas)

    def error(ratios: list[float]) -> float:
        return float(np.std(ratios, ddof=1)) / sqrt(replicas) if replicas > 1 else 0.5

    return Outcome(
        whole, error([one.failed_ratio for one in single]), error([one.late_failed for one in single]), seconds, afforded.coarser
    )


def _of_lane(piece: Piece, part: Part, n: int) -> Part:
    """The same counts by the lane's own servers."""
    given = np.zeros(n)
    for mine, theirs in enumerate(piece.servers):
        for server in theirs:
            given[server] += part.given[mine] / len(theirs)
    return replace(part, given=given)


def _pieces(station: Station, lane: Lane, most: int) -> list[Piece]:
    used = [i for i, weight in enumerate(lane.weights) if weight > 0]
    kinds: dict[tuple[float, ...], list[int]] = {}
    for i in used:
        kinds.setdefault((lane.weights[i], station.means[i], station.slots[i], station.limits[i]), []).append(i)
    if station.way in ("turn", "draw", "hash") and _apart(station, lane, used):
        return [_alone(station, lane, servers) for servers in kinds.values()]
    if station.waits and station.way != "hash" and _one_queue(station, used):
        return [_together(station, lane, used, most if len(kinds) == 1 else len(used))]
    if len(kinds) == 1 and len(used) > most:
        return [_few(station, lane, used, most)]
    return [Piece(station, lane, 1.0, tuple((i,) for i in range(len(lane.weights))))]


def _share(lane: Lane, server: int) -> float:
    return lane.weights[server] / sum(lane.weights)


def _apart(station: Station, lane: Lane, used: Sequence[int]) -> bool:
    """Whether no server's being full sends requests to another: then each is a queue of its own."""
    if station.way == "hash" or all(station.limits[i] == inf for i in used):
        return True
    # Whoever waits longer than the load balancer gives a server has left it.
    if all(lane.rate * _share(lane, i) * station.server_seconds * 1.2 < station.limits[i] for i in used):
        return True
    busy = [_share(lane, i) * station.means[i] / min(station.slots[i], station.limits[i]) for i in used]
    even = max(busy) <= min(busy) * (1 + EVEN)
    return even and all(station.limits[i] > station.slots[i] for i in used)


def _one_queue(station: Station, used: Sequence[int]) -> bool:
    """Whether requests wait in the load balancer alone, for whichever server is free first."""
    return len({station.means[i] for i in used}) == 1 and all(station.limits[i] <= station.slots[i] for i in used) and len(used) > 1


def _alone(station: Station, lane: Lane, servers: Sequence[int]) -> Piece:
    first = servers[0]
    share = _share(lane, first)
    held = station.most_held * share
    limits = min(station.limits[first], max(1.0, round(held))) if held < inf else station.limits[first]
    waits = station.waits if limits == station.limits[first] else False
    one = replace(
        station, means=station.means[first : first + 1], slots=station.slots[first : first + 1], limits=(limits,), way="turn", waits=waits
    )
    alone = Lane(lane.rate * share, (1.0,), lane.backlog_seconds, 1 / share if station.way == "turn" else 1.0)
    return Piece(replace(one, most_held=inf), alone, float(len(servers)), (tuple(servers),))


def _together(station: Station, lane: Lane, used: Sequence[int], most: int) -> Piece:
    few = used[:most]
    part = len(few) / len(used)
    slots = sum(min(station.limits[i], station.slots[i]) for i in few)
    one = replace(station, means=(station.means[used[0]],), slots=(slots,), limits=(slots,), way="turn")
    # Shares are not told by this queue: who has more slots, or turns, gets more. They are the split's own.
    return Piece(one, Lane(lane.rate * part, (1.0,), lane.backlog_seconds), 1 / part, (tuple(used),))


def _few(station: Station, lane: Lane, used: Sequence[int], most: int) -> Piece:
    part = most / len(used)
    few = used[:most]
    one = replace(
        station,
        means=tuple(station.means[i] for i in few),
        slots=tuple(station.slots[i] for i in few),
        limits=tuple(station.limits[i] for i in few),
        most_held=station.most_held * part,
    )
    alike = (tuple(used),) * most
    return Piece(one, Lane(lane.rate * part, (1.0,) * most, lane.backlog_seconds), 1 / part, alike)


def _thinned(piece: Piece, arrivals: float) -> Piece:
    """Servers of many slots with fewer, under as much less load: a queue that grows does so at the same pace, with a little more chance."""
    station, least = piece.station, min(min(slots, limit) for slots, limit in zip(piece.station.slots, piece.station.limits, strict=True))
    wanted = arrivals / MOST_ARRIVALS
    if wanted <= 1 or least <= FEWEST_SLOTS:
        return piece
    by = least / max(FEWEST_SLOTS, round(least / wanted))
    less = replace(
        station,
        slots=tuple(max(1.0, round(slots / by)) for slots in station.slots),
        limits=tuple(limit if limit == inf else max(1.0, round(limit / by)) for limit in station.limits),
        queue=station.queue if station.queue == inf else max(1.0, station.queue / by),
        most_held=station.most_held / by,
    )
    return replace(piece, station=less, lane=replace(piece.lane, rate=piece.lane.rate / by), times=piece.times * by)
