"""What the dashboard costs a watch: its memory, a hundred who have it open, and a flood of requests.

    python -m benchmarks.dashboard                                       all parts, 1,000 servers in 50 pools
    python -m benchmarks.dashboard viewers --viewers 100 --servers 1000

memory: `poise watch` with the dashboard beside one without, nobody looking · viewers: so many load the page and read the stream of
every look · flood: so many connections ask as fast as they are answered, without a token and then with it, while one viewer reads.

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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median

from benchmarks.measure import machine
from benchmarks.scale import limit, used_seconds
from benchmarks.simulated import Simulated
from poise.lab.ports import take_ports

PARTS = ("memory", "viewers", "flood")
# The issue's: of one core, MB, seconds; and what nobody's looking may cost.
MOST_SHARE, MOST_MB, MOST_LATE, MOST_MORE_MB = 100.0, 500, 1.0, 25
SETTLE_SECONDS = 20.0


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
    end = time.monotonic() + seconds
    try:
        async with asyncio.timeout(seconds):
            while time.monotonic() < end:
                line = await reader.readline()
                if line.startswith(b"data: "):
                    events.append(len(line))
                    seen = line[: line.index(b'","level"') + 1].rpartition(b'"seen":"')[2][:-1]
                    late.append(time.time() - datetime.fromisoformat(seen.decode()).timestamp())
    except TimeoutError:
        pass
    writer.close()


async def flood(watched: Watched, connections: int, seconds: float, token: str) -> dict[int, int]:
    """How many answers of each status; a connection that is closed is opened again."""
    counts: dict[int, int] = {}
    end = time.monotonic() + seconds
    bears = f"authorization: Bearer {token}\r\n" if token else ""

    async def one() -> None:
        while time.monotonic() < end:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", watched.port)
                while time.monotonic() < end:
                    writer.write(f"GET /api/v1/alerts HTTP/1.1\r\nhost: localhost\r\n{bears}\r\n".encode())
                    head = await reader.readuntil(b"\r\n\r\n")
                    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                    status = int(head.split()[1])
                    counts[status] = counts.get(status, 0) + 1
            except (OSError, asyncio.IncompleteReadError):
                counts[0] = counts.get(0, 0) + 1
                await asyncio.sleep(0.01)

    await asyncio.gather(*(one() for _ in range(connections)))
    return counts


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
    print(
        f"viewers: {count} for {seconds:g} s: the page {max(pages) / 1e3:.0f} kB packed, {len(late)} events of {max(events) / 1e3:.0f} kB"
    )
    kept = limit("of a core", 100 * share, MOST_SHARE, "%")
    kept &= limit("resident", watched.megabytes, MOST_MB, "MB")
    return limit("late, the median", median(late), MOST_LATE, "s") and kept


def flooded(watched: Watched, connections: int, seconds: float) -> bool:
    """Without a token, and with it."""
    kept = True
    for token, who in (("", "without a token"), (watched.token, "with the token")):
        late: list[float] = []

        async def both(token: str = token, late: list[float] = late) -> dict[int, int]:
            # Who reads along is in before the flood.
            viewer = asyncio.create_task(view(watched, seconds + 2, late, [], []))
            await asyncio.sleep(2)
            found = await flood(watched, connections, seconds, token)
            await viewer
            return found

        before, began, memory = watched.seconds, time.monotonic(), watched.megabytes
        counts = asyncio.run(both())
        share = (watched.seconds - before) / (time.monotonic() - began)
        print(
            f"flood {who}: {connections} connections for {seconds:g} s: answers by status {json.dumps(counts)}; {len(late)} events of looks"
        )
        kept &= limit("of a core", 100 * share, MOST_SHARE, "%")
        kept &= limit("resident more", watched.megabytes - memory, MOST_MORE_MB, "MB")
        kept &= limit("late, the median", median(late), MOST_LATE, "s")
    return kept


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--connections", type=int, default=200, help="of a flood")
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}; {given.servers} servers\n")
    kept, chosen = True, given.part or PARTS
    with tempfile.TemporaryDirectory(prefix="poise-dashboard-") as name:
        folder = Path(name)
        ports = take_ports(487)
        simulated = Simulated(folder / "lb", 1, given.servers, 30, "haproxy", 0, True)
        config = str(simulated.configurations[0])
        try:
            if "memory" in chosen:
                with watch(config, folder / "without", None) as without:
                    plain = without.megabytes
                with watch(config, folder / "with", ports.first) as served:
                    kept &= limit("memory: resident more with the dashboard", served.megabytes - plain, MOST_MORE_MB, "MB")
            if "viewers" in chosen:
                with watch(config, folder / "viewed", ports.first) as served:
                    kept &= viewers(served, given.viewers, given.seconds)
            if "flood" in chosen:
                with watch(config, folder / "flooded", ports.first) as served:
                    kept &= flooded(served, given.connections, given.seconds)
        finally:
            simulated.close()
            ports.release()
    sys.exit(not kept)


if __name__ == "__main__":
    main()
