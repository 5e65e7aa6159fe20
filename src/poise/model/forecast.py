"""What share of the traffic each server will get, and what happens when some are lost."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.remark import Remark
from poise.model.topology import Role
from poise.model.what_if import Headroom, WhatIf

Basis = Literal["exact", "expected", "simulated"]


@dataclass(frozen=True, slots=True)
class ServerShare:
    """One server's forecast. `share` 0–1; `error` is the standard error that a measurement over the forecast's requests would show,
    the forecast's own uncertainty included; `utilisation` is None without needs; `why` says why it gets nothing, where it does not."""

    server: str
    address: str
    role: Role
    weight: int
    share: float
    error: float
    utilisation: float | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """The same pool without the lost servers. `top` is the one left that then gets the most, `top_share` 0–1 its share; None and 0 where
    none serves. `to_lost` is the part 0–1 of the requests that goes to the lost ones all the same, and fails: Envoy in panic."""

    lost: tuple[str, ...]
    servers: Sequence[ServerShare]
    max_utilisation: float | None
    top: str | None
    top_share: float
    to_lost: float = 0.0


@dataclass(frozen=True, slots=True)
class SlowStart:
    """A server's shares while its weight grows after it came back: pairs of seconds since then and its share 0–1, the last the usual one.

    `when_busy`: only where its pool is busy, for an idle one chooses by requests in flight.
    """

    server: str
    seconds: float
    shares: tuple[tuple[float, float], ...]
    when_busy: bool = False


@dataclass(frozen=True, slots=True)
class NeedCheck:
    """A declared need held against the forecast."""

    need: str
    met: bool
    detail: str


@dataclass(frozen=True, slots=True)
class PoolForecast:
    """The forecast of one pool over `requests` requests. Every server of the pool is listed.

    `sampling` is the standard error of each simulated share, by server: what differs by less may be chance.
    """

    file: str
    product: str
    pool: str
    algorithm: str
    basis: Basis
    requests: int
    servers: tuple[ServerShare, ...]
    without: tuple[Loss, ...] = ()
    needs: tuple[NeedCheck, ...] = ()
    placement: Sequence[tuple[str, str]] | None = None
    what_if: tuple[WhatIf, ...] = ()
    headroom: Headroom | None = None
    sampling: Mapping[str, float] = field(default_factory=dict)
    slow_starts: tuple[SlowStart, ...] = ()

    def shares(self) -> Mapping[str, float]:
        """Share by server name."""
        return {s.server: s.share for s in self.servers}


@dataclass(frozen=True, slots=True)
class RouteShare:
    """Which part of a route's requests reaches a pool. `share` 0–1 of them, None where the file does not tell how many do; `why` says how
    it is known, or why it is not.

    `route` is which of the listener's requests are meant, as written, None for all of them; `pool` None stands for those that no pool
    gets: the load balancer answers them with an error. `mirrored`: copies, beside the requests that the other rows divide.
    """

    listener: str
    route: str | None
    pool: str | None
    share: float | None
    why: str
    product: str
    file: str
    line: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """All pools of one or more configurations, and which part of the requests reaches which pool where the files tell. `interrupted`: who
    asked for what could happen did not wait for all of it."""

    pools: tuple[PoolForecast, ...]
    could_not: tuple[CouldNot, ...] = ()
    remarks: tuple[Remark, ...] = ()
    excluded: tuple[str, ...] = ()
    routes: tuple[RouteShare, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class PoolDiff:
    """How a change moves one pool's traffic. `share_moved` = ½ Σ |after − before| over servers followed by address.

    `file` and `product` are those of the new configuration, of the old one where the pool is removed. `causes` is what moves the traffic or
    the keys, the strongest first, `costs` what is lost by the change: keys, checks, backups.
    """

    pool: str
    share_moved: float
    keys_moved: float | None
    before: tuple[ServerShare, ...]
    after: tuple[ServerShare, ...]
    story: str = ""
    needs_broken: tuple[NeedCheck, ...] = ()
    needs_repaired: tuple[NeedCheck, ...] = ()
    file: str = ""
    product: str = ""
    causes: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolPart:
    """A pool's part 0–1 of a route's requests before and after a change; `pool` None stands for those that no pool gets."""

    pool: str | None
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class RouteDiff:
    """How a change moves a route's requests between pools. `share_moved` = ½ Σ |after − before| over the pools; `route` None means all of
    the listener's requests, `file` and `line` are those of the new configuration."""

    listener: str
    route: str | None
    share_moved: float
    parts: tuple[PoolPart, ...]
    story: str
    product: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ConfigurationDiff:
    """What a change of configuration does: pool by pool, and the findings that it brings and ends."""

    pools: tuple[PoolDiff, ...]
    findings_gained: tuple[Finding, ...] = ()
    findings_lost: tuple[Finding, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    remarks: tuple[Remark, ...] = ()
    excluded: tuple[str, ...] = ()
    routes: tuple[RouteDiff, ...] = ()
