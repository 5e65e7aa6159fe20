"""From the fault to the receiver: real stacks, `poise watch` in a process of its own, and a real HTTP receiver.

    python -m benchmarks.page_latency --runs 5

Prints, for each run, the seconds from the moment just before the fault was made to the verdict that pages, and from that verdict (the
instant of its tick) to the end of the receiver's reading.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from poise.lab import faults
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

BOUND_SECONDS = 60.0
Got = list[tuple[datetime, dict[str, Any]]]


@contextmanager
def receiver(got: Got) -> Iterator[str]:
    """An HTTP server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((datetime.now(UTC), document))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


async def run(folder: Path, seed: int, fault: str) -> tuple[float, float, str]:
    """Seconds to the verdict, seconds from there to the receiver, and what it was told."""
    got: Got = []
    lab = Lab(folder / "lab", LabPlan(seed=seed, fault=fault))
    await lab.start()
    watch = None
    try:
        with receiver(got) as url, (folder / "said").open("wb") as said:
            with lab.needs_path.open("a") as needs:
                needs.write(f'\n[receiver.night]\nkind = "webhook"\nurl = "{url}"\n')
            words = [sys.executable, "-m", "poise.cli", "watch", str(lab.config_path), "--store", str(folder / "s.db")]
            watch = subprocess.Popen(words, stdout=said, stderr=said, env={**os.environ, "PYTHONUNBUFFERED": "1"})  # noqa: ASYNC220
            await until(lambda: "clients: " in (folder / "said").read_text())
            begun = datetime.now(UTC)
            await faults.inject(lab, fault)
            await until(lambda: bool(got))
            arrived, document = got[0]
            fired = max(datetime.fromisoformat(each["fired"]) for each in document["firing"])
            return (fired - begun).total_seconds(), (arrived - fired).total_seconds(), document["title"]
    finally:
        if watch is not None:
            watch.kill()
            watch.wait()
        await lab.stop()


async def until(condition: Any) -> None:
    """Wait for it, at most BOUND_SECONDS."""
    loop = asyncio.get_running_loop()
    end = loop.time() + BOUND_SECONDS
    while not condition():
        if loop.time() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_latency", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="how many [default: 5]")
    parser.add_argument("--fault", default="uneven-weights", help="which fault of the lab [default: uneven-weights]")
    given = parser.parse_args()
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}")
    for number in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="pp") as folder:
            to_verdict, to_receiver, title = asyncio.run(run(Path(folder), 100 + number, given.fault))
            print(f"verdict after {to_verdict:.2f} s, received {to_receiver:.2f} s after it: {title}", flush=True)


if __name__ == "__main__":
    main()
