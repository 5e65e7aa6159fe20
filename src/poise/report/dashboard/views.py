"""The nouns of the dashboard. All instants are aware UTC, shares and ratios 0–1; None is always "not known", never zero.

They are what the JSON API gives, too: `poise.report.dashboard.as_dict` names them there, and only ever adds keys.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# In the order of how much they want to be looked at.
Level = Literal["bad", "warning", "unknown", "good"]


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server of a pool over the last `PoolView.span_seconds`. `low` and `high` are the 99 % band of its expected share at the
    requests that were counted; `state` is a word people know (up, down, maintenance, drain, backup, unknown)."""

    server: str
    address: str
    state: str
    share: float | None
    expected: float | None
    low: float | None
    high: float | None
    requests_per_second: float | None
    in_flight: int | None
    queue: int | None
    p50_ms: float | None
    p99_ms: float | None
    response_ms: float | None
    errors_ratio: float | None
    weight_file: int | None
    weight_running: int | None
    level: Level
    why: str


@dataclass(frozen=True, slots=True)
class PoolView:
    """One pool of one load balancer. `verdict` is a sentence that names the worst server, what was expected and since when; `explanation`
    says what explains it, or what does not, empty where nothing needs to be explained."""

    load_balancer: str
    pool: str
    product: str
    algorithm: str
    level: Level
    verdict: str
    since: datetime | None
    span_seconds: float
    requests_per_second: float | None
    queue: int | None
    declared: bool
    servers: tuple[ServerView, ...]
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer beside the pools: `layer` is one of the contract's, or `clients`. `words` rule it out or accuse it by its own figures
    ("normal: 0.16 ms a statement, 0 waits"); `figures` are the newest of each metric with their component."""

    layer: str
    title: str
    level: Level
    words: str
    figures: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert that lives, or did in the last hour. `key` names it to those who acknowledge it."""

    key: str
    load_balancer: str
    detector: str
    component: str
    severity: str
    page: bool
    phase: str
    since: datetime
    ended: datetime | None
    summary: str
    reason: str
    faults: tuple[str, ...]
    handled: str = ""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Something that changed in the last hour; `moved` says which traffic it moved, where that is known."""

    at: datetime
    load_balancer: str
    component: str | None
    text: str
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of the first page. `seen` is the instant of the newest look, `live` whether that is now; `headline` one sentence."""

    seen: datetime
    live: bool
    level: Level
    headline: str
    load_balancers: tuple[str, ...]
    pools: tuple[PoolView, ...]
    layers: tuple[LayerView, ...]
    alerts: tuple[AlertView, ...]
    changes: tuple[ChangeView, ...]
    could_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeatStrip:
    """Server × time of one pool: `shares[s][t]` is the share of server s in the bin that begins at `starts[t]`, `ratio` its share over
    what was expected, None where nothing was counted."""

    load_balancer: str
    pool: str
    servers: tuple[str, ...]
    starts: tuple[datetime, ...]
    bin_seconds: float
    shares: tuple[tuple[float | None, ...], ...]
    ratios: tuple[tuple[float | None, ...], ...]
