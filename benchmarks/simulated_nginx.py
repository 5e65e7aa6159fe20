"""nginxes that are not there: access logs that grow by lines of the format that the lab's real nginx writes.

python -m benchmarks.simulated_nginx FOLDER COUNT SERVERS LINES     a tenth of the lines of ten seconds each second, until ended
"""

import random
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

SERVERS_PER_POOL, POOLS_PER_LISTENER = 20, 10
FORMAT = (
    '\'$remote_addr [$time_iso8601] "$request" $status $request_time "$server_name" "$proxy_host" "$upstream_addr" '
    '"$upstream_status" "$upstream_response_time" "$upstream_connect_time" "$upstream_header_time"\''
)


def address(server: int) -> str:
    """That of the n-th of all servers."""
    pool = server // SERVERS_PER_POOL
    return f"127.{1 + pool // 250}.{pool % 250}.{server % SERVERS_PER_POOL + 1}:8000"


def configuration(servers: int, folder: Path, log: str) -> str:
    """Upstreams of 20 and a server for each ten of them."""
    lines = [f"pid {folder}/none.pid;", "events {}", "http {", f"    log_format attempts {FORMAT};", f"    access_log {log} attempts;"]
    pools = max(1, servers // SERVERS_PER_POOL)
    for pool in range(pools):
        members = (f"server {address(pool * SERVERS_PER_POOL + i)} weight=100;" for i in range(min(servers, SERVERS_PER_POOL)))
        lines.append(f"    upstream pool{pool} {{ {' '.join(members)} }}")
    for first in range(0, pools, POOLS_PER_LISTENER):
        places = (
            f"location /p{pool}/ {{ proxy_pass http://pool{pool}; }}" for pool in range(first, min(pools, first + POOLS_PER_LISTENER))
        )
        lines.append(f"    server {{ listen unix:{folder}/http{first}.sock; server_name s{first}; {' '.join(places)} }}")
    return "\n".join([*lines, "}"]) + "\n"


def grow(log: Path, servers: int, lines: int, draw: random.Random) -> None:
    """So many requests more, each pool's in turn as round robin has them."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    begin = draw.randrange(servers)
    with log.open("a") as file:
        for number in range(lines):
            server = (begin + number) % servers
            pool = server // SERVERS_PER_POOL
            took = f"{draw.expovariate(20):.3f}"
            listener = pool // POOLS_PER_LISTENER * POOLS_PER_LISTENER
            file.write(
                f'10.0.{draw.randrange(256)}.1 [{at}] "GET /p{pool}/x HTTP/1.1" 200 {took} "s{listener}" "pool{pool}" "{address(server)}" '
                f'"200" "{took}" "0.000" "{took}"\n'
            )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        place, count, many, every = Path(sys.argv[1]), *map(int, sys.argv[2:5])
        chance = random.Random(1)
        (place / "ready").touch()
        while True:
            began = time.monotonic()
            for one in range(count):
                grow(place / f"lb{one}.log", many, every // 10, chance)
            time.sleep(max(0.0, began + 1 - time.monotonic()))
