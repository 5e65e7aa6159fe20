"""100,000 alerts in a minute: how many messages come of them, how long a tick takes, and what stays in memory.

    python -m benchmarks.alert_flood                          three shapes of the flood, a page in the middle of it
    python -m benchmarks.alert_flood --alerts 1000000         ten times as many

With a real store and a real HTTP receiver on loopback. Times count from the moment the tick is handed over; memory is what the process
holds beyond what it held before, and what is left after the last alert ended.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from poise.alerting.lifecycle import Effect
from poise.app.alert_delivery import AlertDelivery
from poise.daemon.watcher import Tick
from poise.model.alert import Alert, Verdict
from poise.model.receiver import Receiver
from poise.model.sample import Stack, Window
from poise.store.alert_store import AlertStore

TICKS = 60
START = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
SHAPES: dict[str, Callable[[int], str]] = {
    "one pool": lambda n: f"web/s{n}",
    "1,000 pools": lambda n: f"p{n % 1000}/s{n}",
    "a pool each": lambda n: f"p{n}/s1",
}
PAGE_AT = 30


@dataclass
class Heard:
    """What the receiver got, and when."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    largest: int = 0


@contextmanager
def receiver(heard: Heard) -> Iterator[str]:
    """An HTTP server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.at.append(time.perf_counter())
            heard.messages.append(json.loads(body))
            heard.largest = max(heard.largest, len(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def resident() -> float:
    """MiB that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


def alert(component: str, at: datetime, page: bool = False) -> Alert:
    """One that fires."""
    verdict = Verdict(
        "server_out_of_step", component, "bad", "error" if page else "warning", page, f"{component} is slow", "p99 900 ms", ()
    )
    return Alert(verdict.key, "firing", verdict, at, at)


async def flood(name: str, total: int, folder: Path) -> None:
    """All of it fires, then all of it ends."""
    heard, shape = Heard(), SHAPES[name]
    with receiver(heard) as url, AlertStore(folder / f"{name}.db", name, timedelta(seconds=5)) as store:
        said: list[str] = []
        clock = START
        delivery = AlertDelivery((Receiver("night", "webhook", url, pages_only=False),), store, said.append, lambda: clock)
        # The watch holds its alerts anyway: what counts is what telling of them adds.
        fired = [alert(f"server {shape(n)}", START + timedelta(seconds=n * TICKS // total)) for n in range(total)]
        before, ticks, page = resident(), list[float](), 0.0

        async def tick(effects: Sequence[Effect]) -> float:
            begun = time.perf_counter()
            await delivery.take("lb1", Tick(clock, Window(Stack(), clock), (), (), effects), clock)
            return time.perf_counter() - begun

        for second in range(TICKS):
            clock = START + timedelta(seconds=second)
            effects = [Effect("firing", each) for each in fired[second * total // TICKS : (second + 1) * total // TICKS]]
            if second == PAGE_AT:
                web = alert("pool checkout", clock, page=True)
                begun = time.perf_counter()
                await tick([*effects, Effect("firing", web)])
                await delivery.settle_all()
                page = next(at for at, message in zip(heard.at, heard.messages, strict=True) if message["pages"]) - begun
            else:
                ticks.append(await tick(effects))
            await delivery.settle_all()
        held = resident() - before
        for minutes in (2, 7, 12):
            clock = START + timedelta(minutes=minutes)
            await tick(())
            await delivery.settle_all()
        known = {str(m["group"]): len(m["firing"]) + m["more_firing"] for m in heard.messages}
        messages = len(heard.messages)
        for minute in range(10):
            clock = START + timedelta(minutes=20, seconds=minute)
            ended = [*fired, web][minute * (total + 1) // 10 : (minute + 1) * (total + 1) // 10]
            await tick([Effect("resolved", replace(each, phase="resolved", ended=clock)) for each in ended])
        for minutes in (30, 40):
            clock = START + timedelta(minutes=minutes)
            await tick(())
            await delivery.settle_all()
        print(
            f"{name:<12} {messages:>5} messages, {len(known)} groups that speak of {sum(known.values()):,} alerts, "
            f"the longest {heard.largest / 1024:.0f} KB; "
            f"tick {sorted(ticks)[len(ticks) // 2] * 1000:.0f} ms, at most {max(ticks) * 1000:.0f} ms; page after {page:.2f} s; "
            f"{held:.0f} MiB more at the height, {resident() - before:.0f} MiB after it; left: {delivery.waiting} messages, "
            f"{len(delivery.held('lb1'))} alerts{'; ' + said[0] if said else ''}",
            flush=True,
        )
        await delivery.close()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alert_flood", description=__doc__.partition("\n")[0])
    parser.add_argument("--alerts", type=int, default=100_000, help="how many in the minute [default: 100,000]")
    given = parser.parse_args()
    print(f"{machine()}; {given.alerts:,} alerts in {TICKS} ticks of a second")
    for name in SHAPES:
        with tempfile.TemporaryDirectory(prefix="poise-flood-") as folder:
            asyncio.run(flood(name, given.alerts, Path(folder)))


if __name__ == "__main__":
    main()
