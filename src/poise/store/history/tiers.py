"""The three degrees of detail, how long each is kept, and what of a look is kept at all."""

from dataclasses import dataclass
from typing import Literal

from poise.model.needs import KeptHistory

TierName = Literal["raw", "minute", "hour"]
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Tier:
    """Rows `row_seconds` apart (0: as they came). Chunks stand in parts of `part_seconds`, which are made coarser and let go of as a whole;
    `quota` is its part of the bytes where all tiers want more than there are."""

    number: int
    name: TierName
    row_seconds: int
    part_seconds: int
    quota: float

    def part_of(self, seconds: float) -> int:
        """The beginning of the part that this instant falls into."""
        return int(seconds // self.part_seconds) * self.part_seconds


# A part of one tier becomes one chunk of the next: sixty rows of a minute, twenty-four of an hour.
RAW = Tier(0, "raw", 0, 3600, 0.5)
MINUTE = Tier(1, "minute", 60, DAY_SECONDS, 0.3)
HOUR = Tier(2, "hour", 3600, 30 * DAY_SECONDS, 0.2)
TIERS = (RAW, MINUTE, HOUR)


def kept_seconds(kept: KeptHistory, tier: Tier) -> float:
    """How long rows of that tier are kept."""
    return (kept.raw_days, kept.minute_days, kept.hour_days)[tier.number] * DAY_SECONDS


# Of what comes as blocks. The recording contract's, and beside them what tells maintenance from a failure and a ramp from a weight.
KEPT_METRICS = frozenset(
    (
        *("requests_total", "responses_5xx_total", "in_flight", "queue", "weight", "up", "response_ms", "retries_total"),
        *("redispatches_total", "connection_errors_total", "check_ms", "maintenance", "drain", "effective_weight"),
        *("queue_ms", "limit", "servers_up", "panic", "sessions", "session_limit", "accept_queue", "success_ratio", "response_p99_ms"),
    )
)


def is_exact(metric: str) -> bool:
    """Whether its last digits count."""
    return metric.endswith("_ratio")
