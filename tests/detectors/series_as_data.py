"""Windows written as data, one value a second, the last one now: `20x5` is five times 20, `0+20x5` is 0 20 40 60 80, `_x3` three gaps."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from poise.model.alert import InOrder, Verdict
from poise.model.location import Location
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Component, Series, Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = Location("haproxy.cfg", 1, 1)
EVEN = PoolNeeds(split="even", peak_requests_per_second=150, objectives=Objectives(0.999, 500))
KINDS = {"client": "client", "probe": "client", "http": "listener", "web": "pool", "main": "database", "lb1": "load-balancer"}
TOKEN = re.compile(r"^(_|-?[\d.]+)(?:([+-][\d.]+))?(?:x(\d+))?$")


def expand(text: str) -> list[float | None]:
    """The values of one series; a counter goes on from where the token before ended with `+stepxn` alone (`…+5x10` begins with a dot)."""
    found: list[float | None] = []
    for token in text.split():
        match = TOKEN.match(token)
        assert match, token
        count = int(match[3] or 1)
        if match[1] == "_":
            found += [None] * count
        else:
            found += [float(match[1]) + float(match[2] or 0) * i for i in range(count)]
    return found


def counter(*rates: tuple[float, int]) -> str:
    """A counter that rises at each rate for so many seconds."""
    at, tokens = 0.0, []
    for rate, seconds in rates:
        tokens.append(f"{at:g}+{rate:g}x{seconds}")
        at += rate * seconds
    return " ".join(tokens)


def kind_of(name: str) -> str:
    if name in KINDS:
        return KINDS[name]
    return "hop" if "→" in name else "server" if "/" in name else "application"


def topology(servers: int = 4, algorithm: str = "roundrobin", weights: Mapping[str, int] | None = None) -> Topology:
    names = [f"app{i}" for i in range(1, servers + 1)]
    pool = Pool(
        "web",
        "haproxy",
        "http",
        Algorithm(algorithm),
        tuple(Server(n, f"127.0.0.1:{9000 + i}", "active", (weights or {}).get(n, 1), HERE) for i, n in enumerate(names)),
        HERE,
    )
    return Topology("haproxy", "haproxy.cfg", pools=(pool,))


def window(data: Mapping[str, Mapping[str, str]], needs: PoolNeeds = EVEN, of: Topology | None = None, ago: float = 0.0) -> Window:
    """`data` is component → metric → series. `ago` seconds have passed since the last value."""
    series = {}
    for component, metrics in data.items():
        for metric, text in metrics.items():
            values = expand(text)
            end = (NOW - timedelta(seconds=ago)).timestamp()
            points = [(end - len(values) + 1 + i, v) for i, v in enumerate(values) if v is not None]
            series[component, metric] = Series(np.array([t for t, _ in points]), np.array([v for _, v in points]))
    parts = tuple(Component(name, kind_of(name)) for name in data)  # type: ignore[arg-type]
    edges = tuple((f"web/{p.name}", p.name) for p in parts if p.kind == "application")
    return Window(Stack(parts, edges), NOW, series, (), (of or topology(),), Needs({"web": needs}))


def pool(rates: Mapping[str, tuple[tuple[float, int], ...]], **more: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Servers of pool web with their request rates, all up, weight 1 unless `more` says otherwise (by server name)."""
    seconds = sum(s for _, s in next(iter(rates.values())))
    one, zero = f"1x{seconds}", f"0x{seconds}"
    base = {"up": one, "maintenance": zero, "drain": zero, "weight": one, "effective_weight": one, "loaded_weight": one}
    return {f"web/{n}": {**base, "requests_total": counter(*r), **more.get(n, {})} for n, r in rates.items()}


def all_of(answers: Iterable[Verdict | InOrder]) -> list[Verdict]:
    """A verdict each, those in order too."""
    return [v for a in answers for v in (a.verdicts() if isinstance(a, InOrder) else (a,))]


def states(answers: Iterable[Verdict | InOrder]) -> dict[str, str]:
    """State by component."""
    return {v.component: v.state for v in all_of(answers)}
