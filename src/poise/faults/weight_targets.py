"""The weights to set so that servers get their wanted ratio and none is starved on the way."""

from collections.abc import Mapping
from math import gcd

# HAProxy's largest weight (manual, "weight": 0 to 256).
LARGEST = 256


def targets(wanted: Mapping[str, float], running: Mapping[str, int]) -> Mapping[str, int]:
    """Weights in the wanted ratio (ratios above 0) that lower no server if that is possible, each 0–256.

    HAProxy's roundrobin starves a server for 12–30 s when its weight is lowered before the others are raised, so the top stays and the
    others come up to it; only where a weight above 256 would be needed is the scale made smaller.
    """
    needed = max(running.get(s, 1) / w for s, w in wanted.items() if w > 0)
    largest = max(wanted.values())
    whole = _smallest_whole(wanted)
    if whole is not None and LARGEST // max(whole.values()) >= 1:
        times = next(
            (
                k
                for k in range(1, LARGEST // max(whole.values()) + 1)
                if all(w == 0 or w * k >= running.get(s, 1) for s, w in whole.items())
            ),
            None,
        )
        return {s: w * (times or LARGEST // max(whole.values())) for s, w in whole.items()}
    scale = min(needed, LARGEST / largest)
    return {s: max(1, round(w * scale)) if w > 0 else 0 for s, w in wanted.items()}


def _smallest_whole(wanted: Mapping[str, float]) -> dict[str, int] | None:
    """The ratios as the smallest whole numbers, None if they are not whole to a hundredth."""
    hundreds = {s: round(w * 100) for s, w in wanted.items()}
    if any(abs(hundreds[s] - w * 100) > 1e-6 for s, w in wanted.items()):
        return None
    common = gcd(*hundreds.values())
    return {s: h // common for s, h in hundreds.items()} if common > 0 else None
