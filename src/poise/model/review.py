"""What a scheduled review of one load balancer found."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from poise.model.light import dataclass

# A share that is so much larger is worse, and not a figure that was rounded otherwise.
NOTABLE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Loss:
    """The worst single loss of a pool: without `lost`, `top` gets `share` 0–1 of the requests."""

    lost: str
    top: str
    share: float


@dataclass(frozen=True, slots=True)
class Review:
    """`findings` by what makes them the same (rule, file, pool, server), each with its severity and message; `losses` by pool; `unmet` are
    needs and `drift` differences between the running load balancer and its file, each in a line."""

    at: datetime
    findings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    losses: Mapping[str, Loss] = field(default_factory=dict)
    unmet: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


def worse(before: Review, after: Review) -> tuple[str, ...]:
    """What is worse than it was, a line each, errors first; empty where nothing is. A note (info) is none."""
    gained = [found for key, found in after.findings.items() if key not in before.findings and found[0] != "info"]
    lines = [f"{severity}: {message}" for severity, message in sorted(gained, key=lambda found: found[0] != "error")]
    lines += [f"need not met: {need}" for need in after.unmet if need not in before.unmet]
    for pool, loss in after.losses.items():
        old = before.losses.get(pool)
        if old is not None and loss.share > old.share + NOTABLE_SHARE:
            lines.append(f"pool {pool}: without {loss.lost}, {loss.top} gets {loss.share:.0%} where {old.top} got {old.share:.0%}")
    lines += [f"running otherwise than the file: {line}" for line in after.drift if line not in before.drift]
    return tuple(lines)
