"""The one number that Envoy draws for a request, and which part of all numbers a row of fractions and weights gives to whom. Pure."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import lcm

from poise.model.light import dataclass

# Stretches of numbers that are looked at, a quarter of a second.
MOST_STRETCHES = 200_000


@dataclass(frozen=True, slots=True)
class Fraction:
    """True for the numbers whose rest by `size` is below `below`."""

    below: int
    size: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A route that draws: requests within `fraction` are its own (None: all), and go to its clusters by `weights`.

    `mirrors` are the fractions of them that are copied.
    """

    fraction: Fraction | None
    weights: Sequence[int]
    mirrors: Sequence[Fraction] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """Parts 0–1 of all numbers: by route and cluster, by route and mirror, and what no route takes."""

    clusters: tuple[tuple[float, ...], ...]
    mirrors: tuple[tuple[float, ...], ...]
    left: float


def drawn(row: Sequence[Drawing]) -> Drawn | None:
    """What each route of the row gets, asked in order; None where weights are all 0 or there are too many stretches to look at."""
    if any(sum(each.weights) <= 0 for each in row):
        return None
    cuts: list[tuple[int, int]] = []
    for each in row:
        fractions = [*([each.fraction] if each.fraction else []), *each.mirrors]
        cuts += [(fraction.size, at) for fraction in fractions for at in (0, fraction.below)]
        if len(each.weights) > 1:
            cuts += [(sum(each.weights), at) for at in accumulate(each.weights, initial=0)]
    whole = lcm(*(size for size, _ in cuts))
    if sum(whole // size for size, _ in cuts) > MOST_STRETCHES:
        return None
    edges = sorted({0, whole, *(start + at for size, at in cuts for start in range(0, whole, size))})
    clusters = [[0] * len(each.weights) for each in row]
    mirrors = [[0] * len(each.mirrors) for each in row]
    left = 0
    for number, following in pairwise(edges):
        length = following - number
        taken = next((at for at, each in enumerate(row) if each.fraction is None or _within(each.fraction, number)), None)
        if taken is None:
            left += length
            continue
        clusters[taken][_chosen(row[taken].weights, number)] += length
        for at, fraction in enumerate(row[taken].mirrors):
            mirrors[taken][at] += length if _within(fraction, number) else 0
    return Drawn(_parts(clusters, whole), _parts(mirrors, whole), left / whole)


def _within(fraction: Fraction, number: int) -> bool:
    return number % fraction.size < fraction.below


def _chosen(weights: Sequence[int], number: int) -> int:
    at = number % sum(weights)
    return next(index for index, reached in enumerate(accumulate(weights)) if at < reached)


def _parts(counts: Sequence[Sequence[int]], whole: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(count / whole for count in each) for each in counts)
