"""What a lab is made of and how its story runs, drawn from a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from poise.lab.settings import BalancerSettings

PathName = Literal["lb-servers", "servers-database", "clients-lb"]
Pattern = Literal["steady", "varying"]

# What 2 cores carry beside poise itself: above ~150 requests/s the generator's own lateness would show in the latencies.
_CAPACITY = (110.0, 216.0)
_HOT_AND_COLD = ((256, 1), (200, 10), (128, 1), (100, 2))


@dataclass(frozen=True, slots=True)
class LabPlan:
    """One lab. Rates are requests/s; `weights` are those of the uneven-weights fault, by server in order, `hot` is the index of the server
    that a fault singles out; `lead_seconds` is the healthy time before the fault; `path` is where a network fault sits.

    `pool` and `server_names` are what they are called (`web`, `app1` … otherwise); `balancer` is how the load balancer is set in health;
    `tls` whether it speaks TLS to the servers, and verifies them; `client_path` whether a network path lies before it; `probed_inside`
    whether poise's own client stands behind that path; `variants` are which forms of its faults are made, by fault; `declared` what
    poise.toml says of the pool, all that there is where None; `sampled` whether it is told what all clients felt; `spare_connections` are
    those to the database beyond the slots of a server; `names_resolved` whether HAProxy or nginx ask a name server of the lab.
    """

    seed: int = 1
    fault: str = "none"
    servers: int = 4
    slots: int = 4
    queue: int = 200
    service_ms: float = 75.0
    rate: float = 80.0
    pattern: Pattern = "steady"
    weights: tuple[int, ...] = (256, 1, 1, 1)
    hot: int = 0
    path: PathName = "lb-servers"
    delay_ms: float = 150.0
    loss_ratio: float = 0.1
    surge_factor: float = 3.5
    slow_factor: float = 8.0
    statement_ms: float = 250.0
    lead_seconds: float = 8.0
    hold_seconds: float = 30.0
    pool: str = "web"
    server_names: tuple[str, ...] = ()
    balancer: BalancerSettings = field(default_factory=BalancerSettings)
    tls: bool = False
    client_path: bool = False
    probed_inside: bool = False
    variants: Mapping[str, str] = field(default_factory=dict, hash=False)
    declared: tuple[str, ...] | None = None
    sampled: bool = True
    spare_connections: int | None = None
    declared_peak: float | None = None
    names_resolved: bool = False

    @property
    def capacity(self) -> float:
        """Requests per second that all servers together can complete."""
        return self.servers * self.slots * 1000.0 / self.service_ms

    @property
    def peak(self) -> float:
        """The declared peak: a little under four fifths of what is left when one server is lost, so that the audit has no complaint."""
        return self.declared_peak or 0.78 * self.capacity * (self.servers - 1) / self.servers

    @property
    def load(self) -> float:
        """The rate as a share of what is possible, 0–1."""
        return self.rate / self.capacity

    @property
    def connections(self) -> int:
        """Size of one app server's database pool: borrowed on arrival, so it must exceed the slots by those that wait."""
        return self.slots + (self.slots if self.spare_connections is None else self.spare_connections)

    @property
    def names(self) -> tuple[str, ...]:
        """The servers' names."""
        return self.server_names or tuple(f"app{number + 1}" for number in range(self.servers))

    def with_load(self, load: float) -> "LabPlan":
        """The same rate as that share of what is possible: the service time is another."""
        return replace(self, service_ms=round(load * self.servers * self.slots * 1000.0 / self.rate, 1))

    def with_variant(self, fault: str, form: str) -> "LabPlan":
        """The same with that form of one of its faults: two at once have each their own."""
        return replace(self, variants={**self.variants, fault: form})

    @classmethod
    def from_seed(cls, seed: int, fault: str) -> "LabPlan":
        """A plan for that fault; the same seed and fault give the same plan on any machine."""
        draw = random.Random(f"{seed} {fault}")  # noqa: S311 - repeatable on purpose
        servers = draw.randint(3, 8)
        slots = min(draw.randint(2, 6), 18 // servers)
        if fault == "server-maxconn":
            # One connection a server must be too little, or the limit harms nobody: at least 3 slots, see `least` below.
            servers = min(servers, 6)
            slots = max(slots, 3)
        work = servers * slots * 1000.0
        service_ms = round(draw.uniform(max(30.0, work / _CAPACITY[1]), min(90.0, work / _CAPACITY[0])))
        high, low = draw.choice(_HOT_AND_COLD)
        hot = draw.randrange(servers)
        hot_share = high / (high + low * (servers - 1))
        # The one server that gets nearly everything must be overloaded 1.3 times, or there is no incident to tell.
        least = max(0.30, 1.3 / (servers * hot_share), 1.25 / slots if fault == "server-maxconn" else 0.0)
        load = draw.uniform(min(least, 0.5), 0.55 if servers > 3 else 0.51)
        path: PathName = draw.choice(("lb-servers", "servers-database"))
        return cls(
            seed=seed,
            fault=fault,
            servers=servers,
            slots=slots,
            service_ms=float(service_ms),
            rate=round(load * servers * slots * 1000.0 / service_ms, 1),
            pattern="varying" if fault == "none" else "steady",
            weights=tuple(high if index == hot else low for index in range(servers)),
            hot=hot,
            path=path,
            delay_ms=float(draw.randint(120, 250)) if path == "lb-servers" else float(draw.randint(60, 120)),
            loss_ratio=round(draw.uniform(0.08, 0.15), 3),
            surge_factor=round(draw.uniform(3.0, 4.0), 2),
            slow_factor=round(draw.uniform(8.0, 14.0), 1),
            statement_ms=float(round(service_ms * draw.uniform(3.0, 4.5))),
            lead_seconds=round(draw.uniform(6.0, 10.0), 1),
            hold_seconds=round(draw.uniform(25.0, 35.0), 1),
        )
