"""What `poise watch --metrics` tells: every figure under its own name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from poise.exporters.metric import Exporter, Labelled, Measured
from poise.model.sample import ComponentKind

KINDS: Mapping[str, ComponentKind] = {kind.replace("-", "_"): kind for kind in get_args(ComponentKind)}
# What is made for the page alone.
DERIVED = ("poise_server_serving", "poise_server_down")
BALANCERS = ("load-balancer", "listener", "pool", "server")


def read(found: Sequence[Labelled]) -> Iterable[Measured]:
    """Name and labels are those of `poise.report.prometheus.own_metrics`."""
    for one in found:
        word = next((w for w in KINDS if one.name.startswith(f"poise_{w}_")), None)
        if word is None or one.name in DERIVED:
            continue
        kind, metric = KINDS[word], one.name.removeprefix(f"poise_{word}_")
        of = one.label("load_balancer")
        if kind == "server":
            pool = one.label("pool")
            yield Measured(of, kind, f"{pool}/{one.label('server')}", metric, one.series, pool)
        else:
            name = "" if kind == "load-balancer" else one.label(word)
            yield Measured(of if kind in BALANCERS else "", kind, name, metric, one.series)


# Which figures there are depends on what is watched: all of them are asked for.
OWN = Exporter("poise watch", tuple(f"poise_{word}_" for word in KINDS), (), read)
