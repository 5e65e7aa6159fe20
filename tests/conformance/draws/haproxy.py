"""HAProxy's pools."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.conformance.draws.members import (
    Members,
    Shape,
    busy,
    crowded,
    few,
    full,
    idle,
    only_backups,
    slow,
    tight,
    weighted_slow,
)
from tests.conformance.pool import Demand, Drawn, KeyedBy, Kind
from tests.conformance.running import HAPROXY_HEAD, Addresses, answering

LETTERS = "abcdefgh"
HASHES = ("map-based", "map-based djb2 avalanche", "map-based wt6", "consistent", "consistent crc32", "consistent sdbm avalanche")
# Without `avalanche` addresses lie on the ring as they are, in networks: then no arc is a share, and only keys that are known tell (see
# haproxy_keys).
MIXED = ("map-based", "map-based djb2 avalanche", "consistent", "consistent sdbm avalanche")
KEYED: tuple[tuple[str, KeyedBy], ...] = (
    ("source", "address"),
    ("uri", "target"),
    ("url_param k", "value"),
    ("hdr(x-key)", "value"),
    ("hash req.hdr(x-key)", "value"),
)
LOADED: tuple[tuple[str, tuple[Shape, ...]], ...] = (
    ("leastconn", (slow, few, busy, crowded)),
    ("first", (tight, full, tight, full)),
    ("random(2)", (slow, weighted_slow, busy, few)),
    ("random(3)", (slow, crowded, busy, few)),
    ("uri", (slow, weighted_slow, slow, busy)),
    ("roundrobin", (full, tight, full, tight)),
    ("static-rr", (full, tight, full, tight)),
)


def drawn(chance: Random, at: Addresses, folder: Path, count: int) -> Iterator[Drawn]:
    """`count` pools of each algorithm."""

    def pool(algorithm: str, kind: Kind, members: Members, *lines: str, keyed_by: KeyedBy = "value", demand: Demand | None = None) -> Drawn:
        nonlocal number
        number += 1
        name = f"p{number}"
        listening = at.at_once if demand is None else at.delayed
        ids = chance.sample(range(1, 400), len(members)) if chance.random() < 0.5 else []
        servers = []
        for m in members:
            words = [f"server {LETTERS[m.number]} {listening[m.number]} weight {m.weight}", *(["backup"] if m.backup else [])]
            words += ([f"id {ids[m.number]}"] if ids else []) + (["disabled"] if m.off else [])
            servers.append(" ".join(words + ([f"maxconn {m.limit}"] if m.limit else [])))
        text = "\n    ".join([f"listen {name}", f"bind {folder}/{name}.sock", *lines, *servers]) + "\n"
        return Drawn(name, algorithm, kind, members, dict(enumerate(LETTERS)), text, keyed_by, demand)

    number = 0
    for _ in range(count):
        yield pool("roundrobin", "in turn", idle(chance, heaviest=25), "balance roundrobin")
        yield pool("static-rr", "in turn", idle(chance), "balance static-rr")
        yield pool("first, idle", "in turn", idle(chance), "balance first")
        yield pool("backups", "in turn", only_backups(chance), f"balance {chance.choice(('roundrobin', 'static-rr'))}")
        balance = chance.choice(("roundrobin", "static-rr"))
        yield pool("allbackups", "in turn", only_backups(chance), f"balance {balance}", "option allbackups")
        yield pool("random(1)", "by chance", idle(chance), "balance random(1)")
        for balance, keyed_by in KEYED:
            lines = [f"balance {balance}", f"hash-type {chance.choice(MIXED if balance == 'source' else HASHES)}"]
            lines += ["http-request set-src hdr(x-key)"] if balance == "source" else []
            yield pool(balance.split("(")[0].split()[0], "by key", idle(chance), *lines, keyed_by=keyed_by)
    for balance, shapes in LOADED:
        for n in range(count):
            members, demand = shapes[n % len(shapes)](chance)
            lines, algorithm = [f"balance {balance}"], balance
            if balance == "uri":
                lines += ["hash-type consistent", f"hash-balance-factor {chance.choice((110, 125, 150))}"]
                algorithm = "hash-balance-factor"
            elif balance in ("roundrobin", "static-rr"):
                algorithm = f"{balance}, maxconn"
            yield pool(algorithm, "by load", members, *lines, demand=demand)


def configuration(pools: list[Drawn], at: Addresses, folder: Path, threads: int) -> str:
    """The whole file."""
    last = f"frontend last\n    bind {folder}/up.sock\n    http-request return status 200\n"
    return HAPROXY_HEAD.format(threads=threads) + answering(at.at_once) + "".join(pool.text for pool in pools) + last
