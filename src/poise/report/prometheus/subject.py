"""What the rules are made for: the pools of one or more configurations, each with what it ought to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubjectServer:
    """One server. `wanted` is its part of the pool's split, in any unit; `uncertainty` 0–1 how far the forecast of it may be off."""

    name: str
    active: bool
    weight: int
    wanted: float
    uncertainty: float = 0.0


@dataclass(frozen=True, slots=True)
class Subject:
    """One pool. `basis` says where the split comes from: the needs, or the configuration; None where no share can be said.

    `dispersion` is how many times the variance of counts exceeds that of independent requests. `availability` 0–1 is the objective,
    `least_servers` how many must serve at the peak that the needs declare.
    """

    pool: str
    product: str
    servers: tuple[SubjectServer, ...]
    basis: str | None
    dispersion: float = 1.0
    availability: float | None = None
    least_servers: int | None = None
    listeners: tuple[str, ...] = ()
