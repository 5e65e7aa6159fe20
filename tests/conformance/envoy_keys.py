"""Where Envoy sends keys, asked of the real binary: pools drawn by seed, each also with a server removed, one added, one reweighted.

`python -m tests.conformance.envoy_keys --keys 10000` prints a line for each pool and for each change; it exits with 1 where one differs.
All pools are clusters of one Envoy, whose hosts are addresses of a listener of the same Envoy; the answer tells which was chosen.
"""

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.conformance.envoy_pools import HCM, SOURCES, Drawn, changes, draw

from poise.balance.changes.identity import identities
from poise.balance.keys_moved import keys_moved, sample_keys
from poise.balance.splits import placed as placed_by
from poise.lab.binaries import Envoy, find_envoy
from poise.lab.ports import take_ports
from poise.model.keys import Keys
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies

FILTERS = "type.googleapis.com/envoy.extensions.filters.http."
AT_ONCE = 50  # requests of one connection that are on their way
CONNECTIONS = 8
LENGTH = re.compile(rb"content-length: (\d+)")
HOST = re.compile(rb"x-host: (.*)\r\n")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"
HOSTS = 40


@dataclass
class Compared:
    """A pool: for how many of the keys both say the same server, and how many of half of them a change moves.

    `moved` is Envoy's word, `computed` that of `keys_moved`, which `poise diff` tells.
    """

    name: str
    servers: int
    keys: int
    same: int
    moved: int | None = None
    computed: int | None = None

    @property
    def good(self) -> bool:
        """Whether nothing differs."""
        return self.same == self.keys and self.moved == self.computed

    def line(self) -> str:
        """A row of the table."""
        moved = "" if self.moved is None else f"{self.moved:8} {self.computed:8}"
        return f"{self.name:40} {self.servers:7} {self.keys:7} {self.same:7} {moved}{'' if self.good else '  DIFFERS'}"


HEADING = f"{'pool':40} {'servers':>7} {'keys':>7} {'same':>7} {'moved':>8} {'computed':>8}"


def run(seed: int = 1, keys: int = 10_000) -> Iterator[Compared]:
    """Asks Envoy for every key of every pool and compares. LookupError without an Envoy."""
    envoy = find_envoy()
    if not isinstance(envoy, Envoy):
        raise LookupError(str(envoy))
    block = take_ports(start=347)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield from _run(envoy, Path(folder), (block.first, block.first + 1), seed, keys)
    finally:
        block.release()


def _run(envoy: Envoy, folder: Path, ports: Sequence[int], seed: int, keys: int) -> Iterator[Compared]:
    addresses = [f"127.{index % 3}.0.{10 + index}:{port}" for index in range(HOSTS // len(ports)) for port in ports]
    sockets = [str(folder / f"host{index}.sock") for index in range(4)]
    pools: dict[str, tuple[str, Drawn]] = {}
    for name, drawn in draw(seed, addresses[1:], sockets).items():
        pools[name] = (name, drawn)
        for word, changed in changes(drawn, f"{seed} {name}", addresses[0]) if drawn.changes else ():
            pools[f"{name}-{word}"] = (name, changed)
    text = json.dumps(_configuration({name: drawn for name, (_, drawn) in pools.items()}, addresses, sockets, str(folder / "clients.sock")))
    (topology,) = topologies([("envoy.json", text)])
    assert not topology.could_not, topology.could_not
    read = {pool.name: pool for pool in topology.pools}
    asked: dict[str, Mapping[str, str | None]] = {}
    for name, answers in _ask(
        envoy, folder, text, {name: (drawn.source, _keys(read[name], seed, drawn.source, keys)) for name, (_, drawn) in pools.items()}
    ):
        computed = _computed(read[name], tuple(answers))
        asked[name] = answers
        compared = Compared(name, len(read[name].servers), len(answers), sum(answers[key] == computed[key] for key in answers))
        base = pools[name][0]
        if base != name:
            sample = sample_keys(read[base], keys // 2)
            served = [key for key in sample if asked[base][key] is not None and answers[key] is not None]
            compared.moved = sum(asked[base][key] != answers[key] for key in served)
            names = (identities(read[base].servers), identities(read[name].servers))
            compared.computed = round((keys_moved(read[base], read[name], names, len(sample)) or 0.0) * len(served))
        yield compared


def _keys(pool: Pool, seed: int, source: str, count: int) -> Sequence[str]:
    """Different keys: half those by which a diff says how many move, and half of all lengths up to 80; or client addresses."""
    chance = Random(f"{seed} {source}")
    found = {} if source == "address" else dict.fromkeys(sample_keys(pool, count // 2))
    while len(found) < count:
        if source == "address":
            words = [chance.randrange(1, 255) for _ in range(4)]
            key = "2001:db8::" + ":".join(f"{word:x}" for word in words) if len(found) % 5 == 0 else ".".join(map(str, words))
        else:
            key = "".join(chance.choices(LETTERS, k=chance.randint(4, 80)))
        found[key] = None
    return tuple(found)


def _computed(pool: Pool, keys: Sequence[str]) -> Mapping[str, str | None]:
    """The address for each key, as poise says."""
    found = placed_by(pool, Keys(keys))
    assert found is not None, pool.name
    placed = found.by_key()
    addresses = {server.name: server.address for server in pool.servers}
    return {key: None if placed[key] is None else addresses[str(placed[key])] for key in keys}


def _configuration(pools: Mapping[str, Drawn], addresses: Sequence[str], sockets: Sequence[str], clients: str) -> dict[str, Any]:
    state = {
        "@type": f"{FILTERS}set_filter_state.v3.Config",
        "on_request_headers": [
            {
                "object_key": "hashed",
                "factory_key": "envoy.hashable_string",
                "format_string": {"text_format_source": {"inline_string": "%REQ(key)%"}},
                "skip_if_empty": True,
            }
        ],
    }
    routes = [
        {"match": {"prefix": f"/{name}/"}, "route": {"cluster": name, "hash_policy": [SOURCES[drawn.source][1]]}}
        for name, drawn in pools.items()
    ]
    answer = [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
    told = {"response_headers_to_add": [{"header": {"key": "x-host", "value": "%UPSTREAM_REMOTE_ADDRESS%"}}]}
    return {
        "static_resources": {
            "listeners": [
                _listener([clients], routes, told, [{"name": "state", "typed_config": state}]),
                _listener([*addresses, *sockets], answer, {}, []),
            ],
            "clusters": [drawn.cluster(name) for name, drawn in pools.items()],
        }
    }


def _listener(at: Sequence[str], routes: list[Any], told: Mapping[str, Any], filters: Sequence[Any]) -> dict[str, Any]:
    places = [_place(address) for address in at]
    router = {"name": "router", "typed_config": {"@type": f"{FILTERS}router.v3.Router"}}
    table = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}], **told}
    config = {"@type": HCM, "stat_prefix": "web", "http_filters": [*filters, router], "route_config": table, "delayed_close_timeout": "0s"}
    return {
        "address": places[0],
        "additional_addresses": [{"address": place} for place in places[1:]],
        "filter_chains": [{"filters": [{"name": "web", "typed_config": config}]}],
    }


def _place(address: str) -> dict[str, Any]:
    if address.startswith("/"):
        return {"pipe": {"path": address}}
    host, _, port = address.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _ask(
    envoy: Envoy, folder: Path, text: str, wanted: Mapping[str, tuple[str, Sequence[str]]]
) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    """The address of the host that Envoy chose for each key, pool by pool."""
    file, log, clients = folder / "envoy.json", folder / "envoy.log", str(folder / "clients.sock")
    file.write_text(text)
    command = [envoy.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error", "--log-path", log]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        with asyncio.Runner() as runner:
            runner.run(_started(process, clients, log))
            for name, (source, keys) in wanted.items():
                yield name, runner.run(_answers(clients, name, SOURCES[source][0], keys))
    finally:
        process.terminate()
        process.wait(10)


async def _started(process: "subprocess.Popen[bytes]", clients: str, log: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            assert process.poll() is None, log.read_text()  # noqa: ASYNC240 - a moment, in a test
            try:
                _, writer = await asyncio.open_unix_connection(clients)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _answers(clients: str, name: str, request: str, keys: Sequence[str]) -> Mapping[str, str | None]:
    parts = [keys[first::CONNECTIONS] for first in range(CONNECTIONS)]
    found = await asyncio.gather(*(_client(clients, [request.format(pool=name, key=key).encode() for key in part]) for part in parts))
    by_key = {key: host for part, hosts in zip(parts, found, strict=True) for key, host in zip(part, hosts, strict=True)}
    return {key: by_key[key] for key in keys}


async def _client(clients: str, requests: Sequence[bytes]) -> list[str | None]:
    """One host for each request, None for 503. Requests are sent before the answers to those before them have come."""
    hosts: list[str | None] = []
    at_once = AT_ONCE
    while len(hosts) < len(requests):
        reader, writer = await asyncio.open_unix_connection(clients)
        known = len(hosts)
        # Envoy closes a connection on which requests wait behind one that it answers with 503.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while batch := requests[len(hosts) : len(hosts) + at_once]:
                writer.write(b"".join(batch))
                for _ in batch:
                    hosts.append(await _answer(reader))
        writer.close()
        at_once = 1
        assert len(hosts) > known, "Envoy closes the connection at once"
    return hosts


async def _answer(reader: asyncio.StreamReader) -> str | None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12]
    assert status in (b"200", b"503"), head
    length = LENGTH.search(head)
    await reader.readexactly(int(length.group(1)) if length else 0)
    host = HOST.search(head)
    return host.group(1).decode() if status == b"200" and host else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=10_000, help="keys for each pool")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(HEADING)
    compared = []
    for each in run(options.seed, options.keys):
        compared.append(each)
        print(each.line(), flush=True)
    good = sum(each.good for each in compared)
    print(f"{good} of {len(compared)} pools and changes without a difference, {sum(each.same for each in compared)} keys the same")
    return 0 if good == len(compared) else 1


if __name__ == "__main__":
    sys.exit(main())
