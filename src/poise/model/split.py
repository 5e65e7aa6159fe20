"""How a pool's traffic is split: what every product's rules come to."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from poise.model.forecast import Basis
from poise.model.light import dataclass

JudgedBy = Literal["requests", "concurrency", "keys"]


@dataclass(frozen=True, slots=True)
class Split:
    """Shares 0–1 by server name, all servers of the pool listed; all 0 where none can serve (the load balancer answers 502 or 503).

    `uncertainty` is the standard error of the forecast itself, by server; `dispersion` how many times the variance of counts exceeds
    that of independent requests (1 where it does not; roundrobin's is far smaller); `judged_by` what an even pool keeps even.
    `deterministic`: the algorithm deals requests in turn, so counts differ from the share by a request, not by chance. `sampling` is the
    part of the uncertainty that a longer simulation would end, empty where nothing was simulated.
    """

    shares: Mapping[str, float]
    basis: Basis
    uncertainty: Mapping[str, float]
    dispersion: float = 1.0
    judged_by: JudgedBy = "requests"
    explanation: str = ""
    deterministic: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    sampling: Mapping[str, float] = field(default_factory=dict)
