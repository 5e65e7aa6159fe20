"""A healthy stack, watched: how many alerts does it raise?

    python -m benchmarks.soak --minutes 60 --product haproxy --results FILE.jsonl

The whole lab (clients whose rate swings and bursts, the real load balancer, application servers, PostgreSQL) under poise's own watch, as
in `benchmarks.detection`. Nothing is done to it. Counted are the alerts that would wake a person, and the others. Exit 1 if one would.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.detection.cases import ALL
from benchmarks.detection.stack import BOUND_SECONDS, ENVIRONMENT, POLL_SECONDS, Watch
from poise.lab.plan import LabPlan
from poise.lab.processes import Supervisor
from poise.lab.product import ProductName
from poise.lab.stack import Lab


async def soak(product: ProductName, minutes: float, seed: int) -> dict[str, Any]:
    """Watch for so long; what fired."""
    with tempfile.TemporaryDirectory(prefix="poise-soak-") as folder:
        lab = Lab(Path(folder) / "lab", LabPlan.from_seed(seed, "none"), product=product)
        supervisor = Supervisor(Path(folder))
        try:
            await lab.start()
            command = [sys.executable, "-m", "benchmarks.detection.watch", str(lab.config_path), str(lab.needs_path)]
            process = supervisor.spawn("watch", command, environment=ENVIRONMENT)
            watch = Watch(Path(folder) / "watch.log")
            loads = [os.getloadavg()[0]]
            began = time.monotonic()
            while time.monotonic() - began < minutes * 60:
                if not process.running:
                    raise SystemExit(f"the watch ended: {process.last_words(8)}")
                await asyncio.sleep(1.0 + POLL_SECONDS)
                watch.listen()
                loads.append(os.getloadavg()[0])
                if not watch.turns and time.monotonic() - began > BOUND_SECONDS:
                    raise SystemExit(f"the watch took no turn in {BOUND_SECONDS:g} s: {process.last_words(8)}")
        finally:
            await supervisor.stop()
            await lab.stop()
    fired = [e for e in watch.effects if e["kind"] in ("firing", "worse")]
    return {
        "product": product,
        "minutes": minutes,
        "turns": watch.turns,
        "pages": [f"{e['component']}: {e['summary']} ({e['reason']})" for e in fired if e["page"]],
        "others": [f"{e['component']}: {e['summary']} ({e['reason']})" for e in fired if not e["page"]],
        "others_by_detector": dict(Counter(e["detector"] for e in fired if not e["page"])),
        "longest_turn_seconds": round(max(watch.took), 2),
        "watch_cpu_ratio": round(watch.cpu / (minutes * 60), 4),
        "machine_load": round(sum(loads) / len(loads), 1),
        "could_not": list(watch.could_not),
    }


def main() -> None:
    """Soak the products one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--product", action="append", choices=ALL)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path)
    chosen = parser.parse_args()
    pages = 0
    for product in chosen.product or ALL:
        told = asyncio.run(soak(product, chosen.minutes, chosen.seed))
        pages += len(told["pages"])
        print(json.dumps(told, indent=1), flush=True)
        if chosen.results is not None:
            with chosen.results.open("a") as file:
                file.write(json.dumps(told) + "\n")
    sys.exit(pages > 0)


if __name__ == "__main__":
    main()
