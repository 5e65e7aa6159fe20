"""What load a pool is put under, and what a simulation of it shows."""

from collections.abc import Mapping
from dataclasses import field, replace
from math import ceil, exp
from typing import Literal

from poise.model.light import dataclass

Distribution = Literal["constant", "exponential", "lognormal"]
Z_99 = 2.3263478740408408  # the standard normal distribution's 99th percentile
# ln(p99 / mean) = z σ − σ²/2 has no solution beyond e^(z²/2): no lognormal distribution has a 99th percentile of more means.
LARGEST_P99 = exp(Z_99**2 / 2)


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that arrive at `requests_per_second` whatever becomes of them, or `clients` that each wait for an answer before the next.

    `service_time_ms` is the mean on an idle server, `by_server` where a server differs; `p99_ms` shapes a lognormal distribution. `slots`
    is how many requests a server works on at once (None: any number, none the slower for it), more wait there in order of arrival.
    `hot_key_share` is what the most popular key of a hash draws, `workers` the processes or threads that choose (None: unknown), where the
    product keeps counts for each.
    """

    service_time_ms: float
    requests_per_second: float | None = None
    clients: int | None = None
    distribution: Distribution = "exponential"
    p99_ms: float | None = None
    service_time_ms_by_server: Mapping[str, float] = field(default_factory=dict)
    slots: int | None = None
    slots_by_server: Mapping[str, int] = field(default_factory=dict)
    hot_key_share: float = 0.0
    workers: int | None = None

    def mean_ms(self, server: str) -> float:
        """The mean service time of that server."""
        return self.service_time_ms_by_server.get(server, self.service_time_ms)

    def slots_of(self, server: str) -> int | None:
        """How many requests that server works on at once, None without limit."""
        return self.slots_by_server.get(server, self.slots)


def part_of(load: Load, load_balancers: int) -> Load:
    """What one of so many load balancers sees of that load: each counts its own requests, and servers have a part of their places for each.

    A server has at least one place for each, so the queues of very small ones are taken as shorter than they are.
    """
    if load_balancers < 2:
        return load
    return replace(
        load,
        requests_per_second=load.requests_per_second / load_balancers if load.requests_per_second else None,
        clients=max(1, round(load.clients / load_balancers)) if load.clients else None,
        slots=ceil(load.slots / load_balancers) if load.slots else None,
        slots_by_server={name: ceil(slots / load_balancers) for name, slots in load.slots_by_server.items()},
    )


@dataclass(frozen=True, slots=True)
class Horizon:
    """How much is simulated: `requests` of all replicas together, fewer once every share's standard error is below `error`; or `seconds`.

    `from_empty`: what happens from an idle start on is the question, so nothing is dropped as warm-up. `replicas` None: by size of pool.
    """

    requests: int = 65_536
    error: float = 0.002
    seconds: float | None = None
    from_empty: bool = False
    replicas: int | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class ServerUnderLoad:
    """One server's part. `share` 0–1 of the requests that reached a server, with its standard error over independent replicas.

    `in_flight` is the mean number of requests it holds, its own queue included; `utilisation` the part of its slots that is busy, None
    without a limit.
    """

    server: str
    share: float
    error: float
    in_flight: float
    utilisation: float | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the replicas showed. Times in milliseconds from arrival to answer, over requests that a server answered.

    `wait_ms` is the mean part of it before a server began to work; errors are standard errors over replicas. `refused` (at once) and
    `timed_out` (in the load balancer's queue) are parts 0–1 of the requests that ended, `requests` how many were given to a server.
    """

    servers: tuple[ServerUnderLoad, ...]
    requests: int
    replicas: int
    mean_ms: float
    mean_error_ms: float
    p50_ms: float
    p99_ms: float
    wait_ms: float
    wait_error_ms: float
    refused: float
    timed_out: float
    requests_per_second: float

    @property
    def failed(self) -> float:
        """The part 0–1 of the requests that no server answered."""
        return self.refused + self.timed_out

    def shares(self) -> Mapping[str, float]:
        """Share by server name."""
        return {s.server: s.share for s in self.servers}
