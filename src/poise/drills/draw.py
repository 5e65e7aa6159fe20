"""Where a drill's names and numbers come from: whatever draws like `random.Random`, so that a seed gives the same drill on any machine."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from poise.model.drill import Tier

T = TypeVar("T")
POOLS = ("web", "shop", "checkout", "store_front", "api")
NAMES = ("app{}", "web-{:02}", "node_{}", "srv{}", "front-{}")
# What a core carries beside the trainee's own tools: half a percent of a minute's requests are still ten.
RATES = (28.0, 40.0)


class Draw(Protocol):
    """The methods of `random.Random` that drills use."""

    def choice(self, seq: Sequence[T], /) -> T:
        """One of them."""

    def randint(self, a: int, b: int, /) -> int:
        """From a to b, both included."""

    def uniform(self, a: float, b: float, /) -> float:
        """Between a and b."""


def tier(
    draw: Draw, product: str, load: float, servers: int = 4, slots: tuple[int, int] = (3, 4), settings: Mapping[str, Any] | None = None
) -> Tier:
    """A stack that so much of its capacity (0–1) is used of in health."""
    named = draw.choice(NAMES)
    names = tuple(named.format(number + 1) for number in range(servers))
    each = draw.randint(*slots)
    rate = round(draw.uniform(*RATES), 1)
    chosen = {"weights": dict.fromkeys(names, draw.choice((10, 50, 100))), **(settings or {})}
    return Tier(
        product=product,
        pool=draw.choice(POOLS),
        servers=names,
        slots=each,
        queue=draw.choice((100, 200)),
        service_ms=round(load * servers * each * 1000.0 / rate, 1),
        rate=rate,
        hot=draw.randint(0, servers - 1),
        settings=chosen,
    )
