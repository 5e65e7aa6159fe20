"""Pools that are the same but for names and addresses: under one load they share alike, and one of them is simulated."""

from collections.abc import Callable, Hashable
from dataclasses import replace

from poise.balance.splits import fair
from poise.model.load import Load
from poise.model.split import Split
from poise.model.topology import Pool, Server


class SamePools:
    """The splits of pools that were simulated, each once."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[list[str], Split]] = {}

    def split(self, pool: Pool, load: Load, demand: Hashable, make: Callable[[], Split | None]) -> Split | None:
        """The split of that pool, or that of one like it under the same load and `demand`, with the names of this one's servers."""
        kind, names = kind_of(pool, load)
        key = (kind, demand)
        if key not in self._made:
            split = make()
            if split is not None and split.basis == "simulated":
                self._made[key] = (names, split)
            return split
        others, split = self._made[key]
        theirs = dict(zip(names, others, strict=True))
        return replace(
            split,
            shares={s.name: split.shares[theirs[s.name]] for s in pool.servers},
            uncertainty={s.name: split.uncertainty[theirs[s.name]] for s in pool.servers},
            sampling={s.name: split.sampling[theirs[s.name]] for s in pool.servers},
            limits={s.name: split.limits[theirs[s.name]] for s in pool.servers if theirs[s.name] in split.limits},
        )


def kind_of(pool: Pool, load: Load) -> tuple[Hashable, list[str]]:
    """What pools have in common that are the same under that load, and this one's servers in the order in which they correspond."""
    kinds = [_kind(server, load) for server in pool.servers]
    order = list(range(len(kinds)))
    if fair(pool) and not any(server.backup for server in pool.servers):
        order.sort(key=lambda at: repr(kinds[at]))
    return (repr(load), _of_pool(pool), tuple(kinds[at] for at in order)), [pool.servers[at].name for at in order]


def _of_pool(pool: Pool) -> Hashable:
    # Of nginx's options what they are about is their presence: each pool has a zone of its own name.
    options = tuple(sorted(pool.options if pool.product == "nginx" else pool.options.items()))
    localities = tuple((each.name, each.priority, each.weight) for each in pool.localities)
    bound = (pool.persistence, pool.use_server)
    algorithm = repr(replace(pool.algorithm, location=None))
    return (pool.product, pool.mode, algorithm, repr(pool.timeouts), pool.all_backups, pool.fullconn, *bound, localities, options)


def _kind(server: Server, load: Load) -> Hashable:
    limits = (server.maxconn, server.minconn, server.maxqueue)
    places = (server.priority, server.locality, server.health, server.server_id, server.options.get("hash-key"))
    return (server.weight, server.disabled, server.role, *limits, *places, load.mean_ms(server.name), load.slots_of(server.name))
