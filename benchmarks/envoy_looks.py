"""What a look at a running Envoy costs: poise's processor, Envoy's main thread, memory, by number of endpoints.

    python -m benchmarks.envoy_looks

A real Envoy (one worker, pools of 20 endpoints) for each size. `own` is poise's processor time of one look without the answer's waiting;
`answer` what Envoy took for `/clusters` and `/stats` together, `json` for `/clusters?format=json`, which is not asked for. The exit code is
1 where an endpoint of 10,000 costs more than a third over one of 1,000.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.measure import machine
from poise.balancers.envoy.scrape import Scraper
from poise.balancers.http_fetch import fetch
from poise.lab.binaries import Envoy, find_envoy
from poise.reading.read_envoy import topologies

SIZES, IN_POOL, LOOKS = (100, 1000, 10_000), 20, 9
PATIENCE = timedelta(seconds=20)


def bootstrap(folder: Path, endpoints: int) -> str:
    """A bootstrap of so many endpoints that nobody listens at."""
    clusters = []
    for pool in range(endpoints // IN_POOL):
        hosts = [
            {
                "endpoint": {"address": {"socket_address": {"address": f"127.{1 + pool // 250}.{pool % 250}.{1 + n}", "port_value": 9}}},
                "load_balancing_weight": 100,
            }
            for n in range(IN_POOL)
        ]
        assignment = {"cluster_name": f"pool{pool}", "endpoints": [{"lb_endpoints": hosts}]}
        clusters.append({"name": f"pool{pool}", "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment})
    admin = {"address": {"pipe": {"path": f"{folder}/admin.sock"}}}
    return json.dumps({"admin": admin, "static_resources": {"clusters": clusters}})


async def measured(envoy: Envoy, folder: Path, endpoints: int) -> float:
    """The seconds of one look; prints a line."""
    file = folder / f"envoy{endpoints}.json"
    file.write_text(text := bootstrap(folder, endpoints))
    command = [envoy.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "off"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment
    try:
        place = f"{folder}/admin.sock"
        async with asyncio.timeout(60):
            while not await _lives(place):  # noqa: ASYNC110 - another program
                await asyncio.sleep(0.05)
        scraper = Scraper(topologies([(str(file), text)])[0], timeout=PATIENCE)
        await scraper.scrape(datetime.now(UTC))
        await asyncio.sleep(3.0)  # the comparison with the file, once, in the background
        own, answers, size = [], [], 0
        for _ in range(LOOKS):
            began = time.process_time()
            found = await scraper.scrape(datetime.now(UTC))
            own.append(time.process_time() - began)
            answers.append(found.answer_seconds or 0.0)
            size = found.answer_bytes
            assert len(found.blocks[0].components) == endpoints, found.could_not
        began = time.perf_counter()
        await fetch(place, "/clusters?format=json")
        as_json = time.perf_counter() - began
        await scraper.close()
    finally:
        process.kill()
        process.wait(10)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{endpoints:6} endpoints: own {1e3 * median(own):6.1f} ms ({1e6 * median(own) / endpoints:4.1f} µs each), answer "
        f"{1e3 * median(answers):6.1f} ms, {size / 1e6:5.2f} MB, json {1e3 * as_json:6.1f} ms, {rss:4.0f} MB in all"
    )
    return median(own)


async def _lives(place: str) -> bool:
    try:
        return (await fetch(place, "/ready")).status == 200
    except (OSError, ValueError):
        return False


def main() -> int:
    """Measure all sizes."""
    envoy = find_envoy()
    if not isinstance(envoy, Envoy):
        print(f"{envoy.what}: {envoy.reason}")
        return 2
    print(machine(), f"Envoy {envoy.version}")
    with tempfile.TemporaryDirectory(prefix="looks") as folder:
        seconds = {size: asyncio.run(measured(envoy, Path(folder), size)) for size in SIZES}
    return int(seconds[10_000] > 4 / 3 * 10 * seconds[1000])


if __name__ == "__main__":
    sys.exit(main())
