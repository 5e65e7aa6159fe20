"""What the dashboard costs a watch: its memory, a hundred who have it open, and a flood of requests.

    python -m benchmarks.dashboard                                       all parts, 1,000 servers in 50 pools
    python -m benchmarks.dashboard viewers --viewers 100 --servers 1000

memory: `poise watch` with the dashboard beside one without, nobody looking · viewers: so many load the page and read the stream of
every look · flood: 10,000 requests a second without a token, with a wrong one and with the right one, while one viewer reads.

The HAProxy is a socket that answers what a real one of that size answered. Processor seconds and memory are those of the watch's process
as the system accounts for them; lateness is from the beginning of a look to its event at a viewer. The exit code is 1 where a limit is
passed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median

from benchmarks.flood import Flood, flood
from benchmarks.measure import machine
from benchmarks.scale import limit, used_seconds
from benchmarks.simulated import Simulated
from poise.lab.ports import take_ports

PARTS = ("memory", "viewers", "flood")
# The issue's: of one core, MB, seconds; and what nobody's looking may cost.
MOST_SHARE, MOST_MB, MOST_LATE, MOST_MORE_MB = 100.0, 500, 1.0, 25
SETTLE_SECONDS, PATIENCE_SECONDS = 20.0, 120.0


class Watched:
    """A `poise watch` with its dashboard."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, token: str) -> None:
        self.process, self.port, self.token = process, port, token

    @property
    def seconds(self) -> float:
        """Processor seconds so far."""
        return used_seconds(self.process.pid)

    @property
    def megabytes(self) -> float:
        """Resident now."""
        about = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(about.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


@contextmanager
def balancer(servers: int) -> Iterator[tuple[Path, str, int]]:
    """A folder in which an HAProxy of so many servers answers while the block runs, its configuration, and a port for the dashboard."""
    ports = take_ports(487)
    with tempfile.TemporaryDirectory(prefix="poise-dashboard-") as name:
        simulated = Simulated(Path(name) / "lb", 1, servers, 30, "haproxy", 0, True)
        try:
            yield Path(name), str(simulated.configurations[0]), ports.first
        finally:
            simulated.close()
            ports.release()


@contextmanager
def watch(config: str, folder: Path, port: int | None) -> Iterator[Watched]:
    """Runs while the block does, from the first looks on."""
    folder.mkdir()
    page = ["--no-dashboard"] if port is None else ["--dashboard", str(port)]
    command = [sys.executable, "-m", "poise.cli", "watch", config, "--store", str(folder / "s.db"), *page]
    with (folder / "said").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            token = folder / "dashboard.token"
            while port is not None and "dashboard:" not in (folder / "said").read_text():
                if process.poll() is not None:
                    sys.exit(f"poise watch ended with {process.returncode}: {(folder / 'said').read_text()[-500:]}")
                time.sleep(0.1)
            time.sleep(SETTLE_SECONDS)
            yield Watched(process, port or 0, token.read_text() if port is not None else "")
        finally:
            process.terminate()
            process.wait(60)


async def view(watched: Watched, seconds: float, late: list[float], pages: list[int], events: list[int]) -> None:
    """Loads the page once, then reads the stream; notes the bytes of both."""
    ask = f"host: localhost\r\nauthorization: Bearer {watched.token}\r\naccept-encoding: gzip\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", watched.port, limit=1 << 24)
    writer.write(f"GET / HTTP/1.1\r\nconnection: close\r\n{ask}".encode())
    page = await reader.read()
    assert b" 200 " in page[:20], page[:300]
    pages.append(len(page))
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", watched.port, limit=1 << 24)
    writer.write(f"GET /events HTTP/1.1\r\n{ask}".encode())
    assert b"content-encoding: gzip" in await reader.readuntil(b"\r\n\r\n")
    unpacker, text, size = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", 0
    try:
        async with asyncio.timeout(seconds):
            while line := await reader.readline():
                # Each piece is a chunk of its own: its length, then what it holds.
                packed = await reader.readexactly(int(line, 16) + 2)
                text, size = text + unpacker.decompress(packed[:-2]), size + len(packed)
                if b'","level"' in text:
                    seen = text[: text.index(b'","level"')].rpartition(b'"seen":"')[2]
                    late.append(time.time() - datetime.fromisoformat(seen.decode()).timestamp())
                if text.endswith(b"\n\n"):
                    events.append(size)
                    text, size = b"", 0
    except (TimeoutError, asyncio.IncompleteReadError):
        pass
    writer.close()


def viewers(watched: Watched, count: int, seconds: float) -> bool:
    """All at once."""
    late: list[float] = []
    pages: list[int] = []
    events: list[int] = []

    async def all_of_them() -> None:
        await asyncio.gather(*(view(watched, seconds, late, pages, events) for _ in range(count)))

    before, began = watched.seconds, time.monotonic()
    asyncio.run(all_of_them())
    share = (watched.seconds - before) / (time.monotonic() - began)
    late.sort()
    page, event = max(pages) / 1e3, max(events) / 1e3
    print(f"viewers: {count} for {seconds:g} s: the page {page:.0f} kB packed, {len(late)} events of {event:.0f} kB packed")
    kept = limit("of a core", 100 * share, MOST_SHARE, "%")
    kept &= limit("resident", watched.megabytes, MOST_MB, "MB")
    return limit("late, the median", median(late), MOST_LATE, "s") and kept


def flooded(watched: Watched, given: argparse.Namespace) -> bool:
    """Without a token, with a wrong one, and with the right one."""
    kept = True
    for who, token in (("without a token", ""), ("with a wrong token", "x" * len(watched.token)), ("with the token", watched.token)):
        late: list[float] = []
        bears = f"authorization: Bearer {token}\r\n" if token else ""
        request = f"GET {given.path} HTTP/1.1\r\nhost: localhost\r\n{bears}\r\n".encode()

        async def both(request: bytes = request, late: list[float] = late) -> tuple[Flood, float]:
            # Who reads along is in before the flood.
            viewer = asyncio.create_task(view(watched, given.seconds + PATIENCE_SECONDS, late, [], []))
            while not late:
                assert not viewer.done(), "no event came"
                await asyncio.sleep(0.1)
            late.clear()
            before = watched.seconds
            with ProcessPoolExecutor(1) as others:
                sent = (watched.port, request, given.seconds, given.rate, given.connections, given.batch, given.hasty)
                found = await asyncio.get_running_loop().run_in_executor(others, flood, *sent)
            used = watched.seconds - before
            while not late:
                assert not viewer.done(), "no event came"
                await asyncio.sleep(0.1)
            viewer.cancel()
            return found, used

        memory = watched.megabytes
        found, used = asyncio.run(both())
        print(
            f"flood {who}: {found.rate:,.0f} requests/s on {given.connections} connections, {found.opened / found.seconds:,.0f} opened/s; "
            f"answers by status {json.dumps(found.answers)}; {len(late)} events of looks"
        )
        kept &= limit("of a core", 100 * used / found.seconds, MOST_SHARE, "%")
        kept &= limit("resident more", watched.megabytes - memory, MOST_MORE_MB, "MB")
        kept &= limit("late, the median", median(late), MOST_LATE, "s")
        kept &= limit("late, the worst", max(late), MOST_LATE, "s")
    return kept


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--connections", type=int, default=200, help="of a flood")
    parser.add_argument("--rate", type=float, default=10_000, help="of a flood, requests a second")
    parser.add_argument("--batch", type=int, default=20, help="of a flood: so many requests are sent at once on each connection")
    parser.add_argument("--path", default="/api/v1/alerts", help="of a flood: what is asked for")
    parser.add_argument("--hasty", action="store_true", help="a flood that closes its connections and waits for no answer")
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}; {given.servers} servers\n")
    kept, chosen = True, given.part or PARTS
    with balancer(given.servers) as (folder, config, port):
        if "memory" in chosen:
            with watch(config, folder / "without", None) as without:
                plain = without.megabytes
            with watch(config, folder / "with", port) as served:
                kept &= limit("memory: resident more with the dashboard", served.megabytes - plain, MOST_MORE_MB, "MB")
        if "viewers" in chosen:
            with watch(config, folder / "viewed", port) as served:
                kept &= viewers(served, given.viewers, given.seconds)
        if "flood" in chosen:
            with watch(config, folder / "flooded", port) as served:
                kept &= flooded(served, given)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
