"""Lines of access logs a second: the compiled readers alone, with counting, and the whole collector on a log that grows at once.

    python -m benchmarks.logs            300,000 lines of each kind

Processor time of one core, best of five; peak memory as the operating system accounts for it. The lines are those of a browser's requests
(about 330 bytes), with their times drawn anew for each.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.attribution import Attribution
from poise.balancers.nginx.log_choice import choose
from poise.balancers.nginx.lower import lower
from poise.balancers.nginx.scrape import Scraper
from poise.balancers.nginx.tally import Tally
from poise.model.topology import Topology

BLOCK = 3000
MAIN = (
    '\'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" \' '
    '\'rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time" ct="$upstream_connect_time" \' '
    '\'ht="$upstream_header_time" host="$host"\''
)
JSON = (
    'escape=json \'{"ip":"$remote_addr","time":"$time_iso8601","request":"$request","status":$status,"agent":"$http_user_agent",'
    '"rt":$request_time,"ua":"$upstream_addr","us":"$upstream_status","ut":"$upstream_response_time","ct":"$upstream_connect_time",'
    '"host":"$host"}\''
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"


def topology(form: str, log: str, folder: Path) -> Topology:
    """Four servers, and a log in that format."""
    servers = " ".join(f"server 127.0.0.1:{9001 + number};" for number in range(4))
    text = (
        f"pid {folder}/none.pid; events {{}} http {{ log_format m {form}; access_log {log} m; upstream web {{ {servers} }} "
        "server { listen 80; server_name www.example.com; location / { proxy_pass http://web; } } }"
    )
    return replace(lower(assemble("nginx.conf", text, lambda *_: "")), files=())


def line(draw: random.Random, json: bool, retried: float) -> str:
    """One line."""
    address, status = f"127.0.0.1:{draw.randrange(9001, 9005)}", "200"
    seconds = draw.expovariate(10)
    took, upstream, connect = f"{seconds:.3f}", f"{max(0.0, seconds - 0.0005):.3f}", "0.000"
    header = upstream
    if draw.random() < retried:
        address, status = f"{address}, 127.0.0.1:9001", "502, 200"
        upstream, connect, header = f"0.000, {upstream}", "-, 0.000", f"-, {header}"
    client, path = f"10.{draw.randrange(256)}.{draw.randrange(256)}.1", f"/some/path/{draw.randrange(10**6)}?a=b"
    if json:
        return (
            f'{{"ip":"{client}","time":"2026-11-27T02:55:08+00:00","request":"GET {path} HTTP/1.1","status":200,"agent":"{AGENT}",'
            f'"rt":{took},"ua":"{address}","us":"{status}","ut":"{upstream}","ct":"{connect}","host":"www.example.com"}}\n'
        )
    return (
        f'{client} - - [27/Nov/2026:02:55:08 +0000] "GET {path} HTTP/1.1" 200 {draw.randrange(10**5)} "https://www.example.com/x" '
        f'"{AGENT}" '
        f'rt={took} ua="{address}" us="{status}" ut="{upstream}" ct="{connect}" ht="{header}" host="www.example.com"\n'
    )


def best(work: Callable[[], object], lines: int) -> float:
    """Thousands of lines for a second of processor time."""
    took = []
    for _ in range(5):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return lines / min(took) / 1000


def readers(lines: int) -> None:
    """The reader alone, and with counting."""
    print(f"{'thousand lines a second':40} {'read':>8} {'and counted':>12}")
    for name, form, json, retried in (
        ("text", MAIN, False, 0.0),
        ("text, 1 % of requests retried", MAIN, False, 0.01),
        ("text, all retried", MAIN, False, 1.0),
        ("json", JSON, True, 0.0),
    ):
        draw = random.Random(1)
        blocks = ["".join(line(draw, json, retried) for _ in range(BLOCK)).encode() for _ in range(max(1, lines // BLOCK))]
        known = topology(form, "/a", Path("/nowhere"))
        [log] = choose(known).logs
        tally = Tally(Attribution(known))
        read = [log.reader.read(block) for block in blocks]
        assert not any(each.rejected for each in read)
        alone = best(lambda log=log, blocks=blocks: [log.reader.read(block) for block in blocks], len(blocks) * BLOCK)

        def both(log=log, blocks=blocks, tally=tally) -> None:  # type: ignore[no-untyped-def]
            for block in blocks:
                tally.add(log.reader.read(block).rows, log)
                tally.begin()

        print(f"{name:40} {alone:8.0f} {best(both, len(blocks) * BLOCK):12.0f}")


async def collector(lines: int, folder: Path) -> None:
    """A log that grows by all lines between two looks: nothing is left out, and memory does not grow with it."""
    path = folder / "access.log"
    path.touch()
    known = topology(MAIN, str(path), folder)
    scraper = Scraper(known)
    await scraper.scrape(datetime.now(UTC))
    draw = random.Random(2)
    block = "".join(line(draw, False, 0.01) for _ in range(BLOCK))
    with path.open("a") as file:
        for _ in range(lines // BLOCK):
            file.write(block)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu, looks, counted = time.perf_counter(), time.process_time(), 0, 0.0
    while counted < lines // BLOCK * BLOCK:
        found = await scraper.scrape(datetime.now(UTC))
        looks += 1
        counted = next(sample.value for sample in found.samples if sample.metric == "log_lines_total")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    await scraper.close()
    print(
        f"\nthe collector: {counted:.0f} lines ({path.stat().st_size / 1e6:.0f} MB) in {looks} looks, {wall:.1f} s; "
        f"{counted / cpu / 1000:.0f} thousand lines a second of processor time; peak memory grew by {grown / 1024:.1f} MiB"
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs", description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=300_000)
    given = parser.parse_args()
    readers(given.lines)
    with tempfile.TemporaryDirectory(prefix="poise-bench-") as folder:
        asyncio.run(collector(given.lines * 3, Path(folder)))


if __name__ == "__main__":
    main()
