"""nginx's pools."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.conformance.draws.members import Members, Shape, busy, crowded, few, full, idle, only_backups, slow, tight, weighted_slow
from tests.conformance.pool import Demand, Drawn, KeyedBy, Kind
from tests.conformance.running import Addresses

KEYED: tuple[tuple[str, str, KeyedBy], ...] = (
    ("ip_hash", "ip_hash;", "address"),
    ("hash", "hash $http_x_key;", "value"),
    ("hash consistent", "hash $http_x_key consistent;", "value"),
)
LOADED: tuple[tuple[str, str, tuple[Shape, ...]], ...] = (
    ("least_conn", "least_conn;", (slow, weighted_slow, busy, few)),
    ("random two", "random two least_conn;", (slow, few, crowded, busy)),
    ("round robin, max_conns", "", (full, tight, full, tight)),
)
HEAD = """\
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
access_log off;
{temporary}
keepalive_requests 100000000;
keepalive_timeout 600s;
proxy_read_timeout 600s;
proxy_http_version 1.1;
proxy_set_header Connection "";
set_real_ip_from unix:;
real_ip_header x-key;
"""


def drawn(chance: Random, at: Addresses, folder: Path, count: int) -> Iterator[Drawn]:
    """`count` pools of each algorithm."""

    def pool(algorithm: str, kind: Kind, members: Members, words: str, keyed_by: KeyedBy = "value", demand: Demand | None = None) -> Drawn:
        nonlocal number
        number += 1
        name = f"p{number}"
        listening = at.at_once if demand is None else at.delayed
        lines = [f"zone {name} 128k;"] if chance.random() < 0.5 else []
        lines += [words] if words else []
        for m in members:
            options = [f"weight={m.weight}", *(["backup"] if m.backup else []), *(["down"] if m.off else [])]
            options += [f"max_conns={m.limit}"] if m.limit else []
            lines.append(f"server {listening[m.number]} {' '.join(options)};")
        lines.append("keepalive 64;")
        upstream = f"upstream {name} {{\n    " + "\n    ".join(lines) + "\n}\n"
        text = f"{upstream}server {{\n    listen unix:{folder}/{name}.sock;\n    location / {{ proxy_pass http://{name}; }}\n}}\n"
        return Drawn(name, algorithm, kind, members, dict(enumerate(listening)), text, keyed_by, demand)

    number = 0
    for _ in range(count):
        yield pool("round robin", "in turn", idle(chance, heaviest=25), "")
        yield pool("backups", "in turn", only_backups(chance), "")
        yield pool("random", "by chance", idle(chance, backups=False), "random;")
        for algorithm, words, keyed_by in KEYED:
            yield pool(algorithm, "by key", idle(chance, backups=False), words, keyed_by)
    for algorithm, words, shapes in LOADED:
        for n in range(count):
            members, demand = shapes[n % len(shapes)](chance)
            yield pool(algorithm, "by load", members, words, demand=demand)


def configuration(pools: list[Drawn], at: Addresses, folder: Path, workers: int) -> str:
    """The whole file."""
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    last = f"server {{\n    listen unix:{folder}/up.sock;\n    return 204;\n}}\n"
    return HEAD.format(workers=workers, folder=folder, temporary=temporary) + "".join(pool.text for pool in pools) + last + "}\n"
