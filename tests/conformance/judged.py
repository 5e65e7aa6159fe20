"""Forecast against measurement: what is off by how much, and what may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from tests.conformance.pool import Drawn, Kind

# By how much a forecast may be off, in shares of 1: by half a percentage point where a share is certain, by a point beyond three standard
# errors of the measurement where chance decides, by three points where the load does.
CERTAIN, BY_CHANCE, BY_LOAD = 0.005, 0.01, 0.03
STANDARD_ERRORS = 3
# Weight over total weight is off by so much in half of the pools whose shares depend on the load.
HARD = 0.10


@dataclass(frozen=True, slots=True)
class Measured:
    """A pool's forecast and its measured shares by server, over so many requests. `unanswered` 0–1 got an error instead.

    `stated` are the standard errors that the forecast itself states, where it is judged by these.
    """

    pool: Drawn
    row: str
    kind: Kind
    forecast: Mapping[str, float]
    measured: Mapping[str, float]
    requests: int
    unanswered: float = 0.0
    stated: Mapping[str, float] = field(default_factory=dict)

    def errors(self) -> Mapping[str, float]:
        """By server: how far the forecast is off."""
        return {name: abs(self.measured.get(name, 0.0) - share) for name, share in self.forecast.items()}

    def bound(self, name: str) -> float:
        """How far it may be off for that server. A short measurement of what the load decides is one of chance as well."""
        share = self.forecast[name]
        chance = STANDARD_ERRORS * self.stated.get(name, sqrt(share * (1 - share) / self.requests))
        if self.kind == "by load":
            return BY_LOAD if self.requests >= 5000 else BY_LOAD + chance
        return BY_CHANCE + chance if self.kind == "by chance" else CERTAIN

    @property
    def worst(self) -> tuple[float, float]:
        """The error that is nearest to what it may be, or furthest beyond, and that."""
        errors = self.errors()
        bounds = {name: self.bound(name) for name in errors}
        worst = max(errors, key=lambda name: errors[name] / bounds[name])
        return errors[worst], bounds[worst]

    @property
    def naive_error(self) -> float:
        """How far weight over total weight is off at most."""
        return max(abs(self.measured.get(name, 0.0) - share) for name, share in self.pool.naive().items())

    @property
    def ok(self) -> bool:
        """Whether every server's share is near enough, and the pool answered."""
        error, bound = self.worst
        return error <= bound and not self.unanswered


COLUMNS = f"{'product':<8} {'version':<8} {'algorithm':<28} {'pools':>5} {'requests':>9}"
HEADER = f"{COLUMNS}  {'off by':>6} {'bound':>5}  {'naive':>6} {'>10':>5}  ok"


def rows(product: str, version: str, found: Iterable[Measured]) -> Sequence[str]:
    """A line for each algorithm, in percentage points. `naive` is how far weight over total weight is off, and in how many pools by 10."""
    groups: dict[str, list[Measured]] = {}
    for each in found:
        groups.setdefault(each.row, []).append(each)
    lines = []
    for row, some in groups.items():
        error, bound = max((one.worst for one in some), key=lambda pair: pair[0] / pair[1])
        naive = [one.naive_error for one in some]
        hard = f"{sum(e >= HARD for e in naive)}/{len(some)}"
        count, verdict = sum(one.requests for one in some), "ok" if all(one.ok for one in some) else "MISS"
        what = f"{product:<8} {version:<8} {row:<28} {len(some):>5} {count:>9,}"
        lines.append(f"{what}  {100 * error:>6.2f} {100 * bound:>5.2f}  {100 * max(naive):>6.2f} {hard:>5}  {verdict}")
    return lines


def miss(one: Measured) -> str:
    """What was drawn, forecast and measured, for who looks into it."""
    shares = ", ".join(f"{name} {100 * share:.2f} ({100 * one.measured.get(name, 0.0):.2f})" for name, share in one.forecast.items())
    unanswered = f", {100 * one.unanswered:.1f} % without an answer" if one.unanswered else ""
    members = [
        (m.number, m.weight, *(["backup"] if m.backup else []), *(["out"] if m.off else []), *([m.limit] if m.limit else []))
        for m in one.pool.members
    ]
    return f"  {one.row} {one.pool.name}: forecast (measured) {shares}{unanswered}; servers {members}; {one.pool.demand}"
