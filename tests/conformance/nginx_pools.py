"""Pools of nginx drawn by seed, and changes of them: what the hashes are held against the real binaries with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.conformance.nginx_ask import HOSTS, Servers

METHODS = {
    "hash": "hash $http_x_key;",
    "consistent": "hash $http_x_key consistent;",
    "ip_hash": "ip_hash;",
    "binary": "hash $binary_remote_addr consistent;",
}
WEIGHTS = (1, 1, 1, 2, 3, 5, 7, 20, 100)
CHANGES = ("removed", "added", "reweighted", "down")


@dataclass(frozen=True, slots=True)
class Line:
    """One server of an upstream block."""

    written: str
    weight: int = 1
    down: bool = False
    backup: bool = False
    failed: bool = False

    def text(self) -> str:
        """The directive. A server that fails is out for good at once, no other ever."""
        words = [f"server {self.written}", "max_fails=1 fail_timeout=9h" if self.failed else "max_fails=0"]
        words += [f"weight={self.weight}"] if self.weight > 1 else []
        return " ".join([*words, *(["down"] if self.down else []), *(["backup"] if self.backup else [])]) + ";"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One upstream block: its name, what stands for its method (kind), and its servers."""

    name: str
    kind: str
    lines: tuple[Line, ...]
    zone: bool = False

    def text(self) -> str:
        """The block. `backup` is accepted beside a hash only where the method stands behind the servers."""
        body = [*(line.text() for line in self.lines), METHODS[self.kind], *([f"zone {self.name} 256k;"] if self.zone else [])]
        return f"upstream {self.name} {{\n" + "\n".join(body) + "\n}\n"


def drawn(there: Servers, kind: str, seed: int) -> Drawn:
    """A pool of 1 to 20 servers; the first seeds have each a thing of its own, the others a mixture."""
    random = Random(f"{kind} {seed}")
    addresses = random.sample(_addresses(there, random), (4, 3, 6, 5, 9, 2, 1, 20)[seed % 8])
    lines = [Line(address, random.choice(WEIGHTS)) for address in addresses]
    if seed % 8 in (1, 2, 4, 7):
        lines[-1] = replace(lines[-1], down=True)
    if seed % 8 in (2, 3, 4, 7):
        lines[0] = Line(f"127.0.0.1:{random.choice(there.closed)}", lines[0].weight, failed=True)
    if seed % 8 in (3, 4, 7):
        lines.insert(2, replace(lines[1], weight=random.choice(WEIGHTS)))
    if seed % 8 in (4, 5, 6):
        lines.append(Line(random.choice(there.sockets), backup=True))
    if seed % 8 == 5:
        lines[:2] = [replace(line, down=True) for line in lines[:2]]
    return Drawn(f"{kind}_{seed}", kind, tuple(lines), zone=seed % 2 == 1)


def _addresses(there: Servers, random: Random) -> Sequence[str]:
    """Addresses, names that resolve to one address (`127.3` does), addresses without a port, and sockets, in even parts."""
    names = [f"127.{host}:{port}" for port in there.ports for host in range(1, HOSTS + 1)]
    kinds = (there.listeners[: HOSTS * len(there.ports)], names, [f"127.0.0.{host}" for host in range(2, 40)], there.sockets)
    return [address for kind in kinds for address in random.sample(kind, 10)]


def changed(there: Servers, base: Drawn) -> Iterator[tuple[str, Drawn]]:
    """The pool after each change."""
    random = Random(base.name)
    at = next(i for i, line in enumerate(base.lines) if not (line.down or line.backup or line.failed))
    line, spare = base.lines[at], random.choice([a for a in there.sockets if all(a != each.written for each in base.lines)])
    after = {
        "removed": (*base.lines[:at], *base.lines[at + 1 :]),
        "added": (*base.lines, Line(spare, 2)),
        "reweighted": (*base.lines[:at], replace(line, weight=line.weight + 3), *base.lines[at + 1 :]),
        "down": (*base.lines[:at], replace(line, down=True), *base.lines[at + 1 :]),
    }
    for name in CHANGES:
        yield name, replace(base, name=f"{base.name}_{name}", lines=after[name])


def split_block(seed: int) -> str:
    """A split_clients block of 2 to 9 parts, with and without `*`, of hundredths of a percent."""
    random = Random(f"split {seed}")
    left, parts = 10_000, []
    for number in range(random.randint(1, 8)):
        part = random.randint(1, max(1, left // 2))
        left -= part
        text = f"{part / 100:.2f}" if number % 3 else f"{part / 100:.2f}".rstrip("0").rstrip(".")
        parts.append(f"{text}% part{number};")
    if seed % 3:
        parts.append("* rest;")
    return f"split_clients $http_x_key $split_{seed} {{\n" + "\n".join(parts) + "\n}\n"


def keys(kind: str, count: int) -> Sequence[str]:
    """Keys by number: paths, words of any byte that a header can hold, from 1 on; or addresses of both families."""
    random = Random(f"keys {kind}")
    if kind in ("ip_hash", "binary"):
        return [_address(random, number) for number in range(count)]
    letters = "".join(chr(c) for c in range(33, 127)) + "éß€漢🙂\udcff\udc80"
    words = ("".join(random.choices(letters, k=random.randint(4, 60) if number > 60 else 1)) for number in range(2 * count + 100))
    return list(dict.fromkeys(f"/key/{number}" if number % 2 else word for number, word in enumerate(words)))[:count]


def _address(random: Random, number: int) -> str:
    if number % 4:
        return ".".join(str(random.randrange(256)) for _ in range(4))
    return ":".join(f"{random.randrange(65536):x}" for _ in range(8))
