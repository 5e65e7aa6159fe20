"""What becomes of a pool when something happens to it, and how much it carries."""

from typing import Literal

from poise.model.light import dataclass

Kind = Literal["now", "loss", "pair", "host", "zone", "surge", "retries", "cold-start"]


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked. `all`: every case that the pool has; `lose` sets of names, each a server, `pool/server`, a host or a zone; `surges`
    multiples of the peak; `attempts` how often clients try in all, None where it is not asked."""

    all: bool = False
    lose: tuple[tuple[str, ...], ...] = ()
    surges: tuple[float, ...] = ()
    attempts: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return self.all or bool(self.lose) or bool(self.surges) or self.attempts is not None


@dataclass(frozen=True, slots=True)
class LoadedServer:
    """One server in a case. `utilisation` is the load it is offered by what it can work off: above 1 it cannot keep up."""

    server: str
    share: float
    utilisation: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One case: what clients see in the `seconds` after it, from an idle start on. `alike` are servers whose loss is the same.

    `failed` 0–1 of the clients' requests, with its standard error; `fails_by` is what ends them, `breaks` the need that breaks first;
    `coarser` is what the simulation leaves out, so that it ends in time.
    """

    case: str
    kind: Kind
    lost: tuple[str, ...]
    requests_per_second: float
    seconds: float
    servers: tuple[LoadedServer, ...]
    max_utilisation: float
    waiting_ms: float
    in_flight: float
    p99_ms: float
    failed: float
    error: float
    fails_by: str | None = None
    breaks: str | None = None
    alike: tuple[str, ...] = ()
    coarser: str | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What clients see at a rate."""

    requests_per_second: float
    p99_ms: float
    failed: float
    error: float


@dataclass(frozen=True, slots=True)
class Headroom:
    """The lowest rate at which 1 % of the requests fail within `seconds` from an idle start, and what ends them (`breaks`).

    Not simulated, it is the rate at which the busiest server is busy all the time: from there on requests wait longer and longer.
    `need` breaks before, at `need_requests_per_second`. A rate of None: nothing fails below the last point of the curve.
    `sustained_requests_per_second` is what the servers work off: beyond it requests wait longer and longer, whether or not some have failed
    after those seconds. `coarser` is what the simulation leaves out, so that it ends in time.
    """

    requests_per_second: float | None
    times_peak: float | None
    error: float | None
    breaks: str | None
    simulated: bool
    seconds: float | None = None
    need: str | None = None
    need_requests_per_second: float | None = None
    curve: tuple[CurvePoint, ...] = ()
    sustained_requests_per_second: float | None = None
    sustained_times_peak: float | None = None
    coarser: str | None = None
