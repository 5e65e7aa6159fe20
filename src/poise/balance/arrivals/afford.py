"""How much of a pool can be simulated in the time that there is, and what is left out where that is not all of it."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from poise.balance.arrivals.piece import Piece
from poise.model.light import dataclass

# What a step takes, and what every server of every lane adds to it: seconds on one core of 2020 (numpy 2.4).
STEP_SECONDS, CELL_SECONDS = 7e-5, 8e-8
FEWEST_REPLICAS = 2  # one alone has no spread to tell the error by
FEWEST_SERVERS = 8  # fewer, that are all full at once, are so far more often than many
SMALLEST_PART = 1e-3
# Arrivals of a lane that tell 1 % of failures to a tenth.
ENOUGH_ARRIVALS = 6000


@dataclass(frozen=True, slots=True)
class Afforded:
    """Pieces by lane, for how long and how often each is simulated, and what is coarser by it, None where nothing is."""

    pieces: Sequence[Sequence[Piece]]
    seconds: float
    replicas: int
    coarser: str | None = None


def afford(pieces: Sequence[Sequence[Piece]], seconds: float, replicas: int, settles: float, allowed: float) -> Afforded:
    """As much as takes `allowed` seconds. After `settles` seconds nothing new happens in the pool, infinity where that is not known."""
    said: list[str] = []
    total = _cost(pieces, seconds, replicas)
    if total > allowed and settles < seconds:
        fastest = max((piece.lane.rate for each in pieces for piece in each), default=1.0)
        seconds = min(seconds, max(settles, seconds * allowed / total, ENOUGH_ARRIVALS / fastest))
    while replicas > FEWEST_REPLICAS and _cost(pieces, seconds, replicas) > allowed:
        replicas -= 1
    whole = _most_servers(pieces)
    part = 1.0
    while _cost(pieces, seconds, replicas) > allowed and _most_servers(pieces) > FEWEST_SERVERS and part > SMALLEST_PART:
        part *= 0.7
        pieces = [[_sampled(piece, 0.7) for piece in each] for each in pieces]
    left = _most_servers(pieces)
    if left < whole:
        said.append(f"{left} of {whole} servers stand for all, which fail a little sooner than many do")
    total = _cost(pieces, seconds, replicas)
    if total > allowed:
        shorter = seconds * allowed / total
        said.append(f"{shorter:.2g} s are simulated in place of {seconds:.2g}: what builds up later is not seen")
        seconds = shorter
    return Afforded(pieces, seconds, replicas, "; ".join(said) or None)


def _most_servers(pieces: Sequence[Sequence[Piece]]) -> int:
    return max((len(piece.station.means) for each in pieces for piece in each), default=0)


def _cost(pieces: Sequence[Sequence[Piece]], seconds: float, replicas: int) -> float:
    rows: dict[object, tuple[int, float]] = {}
    for piece in (piece for each in pieces for piece in each):
        many, rate = rows.get(piece.station, (0, 0.0))
        rows[piece.station] = (many + 1, max(rate, piece.lane.rate))
    return sum(
        rate * seconds * (STEP_SECONDS + CELL_SECONDS * many * replicas * len(station.means))  # type: ignore[attr-defined]
        for station, (many, rate) in rows.items()
    )


def _sampled(piece: Piece, part: float) -> Piece:
    """That part of the servers of each kind, at least one, under as much of the load as they can take of it."""
    station, lane = piece.station, piece.lane
    if len(station.means) <= FEWEST_SERVERS:
        return piece
    kinds: dict[tuple[float, ...], list[int]] = {}
    for i, weight in enumerate(lane.weights):
        kinds.setdefault((weight, station.means[i], station.slots[i], station.limits[i]), []).append(i)
    chosen: list[int] = []
    given: dict[int, tuple[int, ...]] = {}
    for alike in kinds.values():
        kept = alike[: max(1, round(len(alike) * part))]
        theirs = tuple(sorted({server for other in alike for server in piece.servers[other]}))
        chosen += kept
        given |= dict.fromkeys(kept, theirs)
    chosen.sort()
    able = [min(slots, limit) / mean for slots, limit, mean in zip(station.slots, station.limits, station.means, strict=True)]
    able = [each * (weight > 0) for each, weight in zip(able, lane.weights, strict=True)]
    load = sum(able[i] for i in chosen) / sum(able)
    few = replace(
        station,
        means=tuple(station.means[i] for i in chosen),
        slots=tuple(station.slots[i] for i in chosen),
        limits=tuple(station.limits[i] for i in chosen),
        most_held=station.most_held if station.most_held == inf else station.most_held * load,
    )
    less = replace(lane, rate=lane.rate * load, weights=tuple(lane.weights[i] for i in chosen))
    return Piece(few, less, piece.times / load, tuple(given[i] for i in chosen))
