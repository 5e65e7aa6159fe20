"""Load balancers that are not there: sockets that answer as a real HAProxy of that size did, its counters a look further each time.

python -m benchmarks.simulated FOLDER COUNT     serves the answers recorded in FOLDER at FOLDER/lb0.sock …
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks import simulated_envoy, simulated_nginx
from poise.balancers.haproxy.runtime_api import RuntimeApiError, ask
from poise.lab.binaries import find_haproxy
from poise.model.could_not import CouldNot

SERVERS_PER_POOL = 20
POOLS_PER_LISTENER = 10
QUESTION = "show info;show stat;show servers state"
REQUESTS_PER_LOOK = 40


def configuration(servers: int, folder: Path, socket: str) -> str:
    """A HAProxy file of pools of 20, a listener for each ten of them, its control socket at that path."""
    lines = ["global", f"    stats socket {socket} mode 600 level admin", "    maxconn 1000", "defaults", "    mode http"]
    lines += [f"    timeout {name} 5s" for name in ("connect", "client", "server")]
    for pool in range(max(1, servers // SERVERS_PER_POOL)):
        if pool % POOLS_PER_LISTENER == 0:
            lines += [f"frontend http{pool}", f"    bind unix@{folder}/http{pool}.sock", f"    default_backend pool{pool}"]
        lines += [f"backend pool{pool}", "    balance roundrobin"]
        lines += [
            f"    server app{i} 127.{pool // 250}.{pool % 250}.{i + 1}:8000 weight 100" for i in range(min(servers, SERVERS_PER_POOL))
        ]
    return "\n".join(lines) + "\n"


async def recorded(servers: int, folder: Path) -> bytes:
    """What a real HAProxy with that many servers answers."""
    found = find_haproxy()
    if isinstance(found, CouldNot):
        raise SystemExit(f"{found.what}: {found.reason}")
    file, socket = folder / "recorded.cfg", str(folder / "recorded.sock")
    file.write_text(configuration(servers, folder, socket))
    command = [str(found.path), "-db", "-f", str(file)]
    process = subprocess.Popen(command, env=dict(found.environment), stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - before anything runs
    try:
        for _ in range(300):
            try:
                return await ask(socket, QUESTION)
            except RuntimeApiError:
                await asyncio.sleep(0.1)
        raise SystemExit("HAProxy did not start")
    finally:
        process.terminate()
        process.wait(10)


def advanced(answer: bytes, look: int) -> bytes:
    """The same answer that many looks later: every server got its requests, some in flight, answered in some milliseconds."""
    lines = answer.decode().split("\n")
    head = next(i for i, line in enumerate(lines) if line.startswith("# pxname"))
    column = {name: i for i, name in enumerate(lines[head][2:].split(","))}
    for number in range(head + 1, len(lines)):
        if not lines[number]:
            break
        field = lines[number].split(",")
        many = {"0": SERVERS_PER_POOL * POOLS_PER_LISTENER, "1": SERVERS_PER_POOL}.get(field[column["type"]], 1)
        # Rises and gauges differ from server to server and from look to look, as real ones do.
        requests = str(many * (look * REQUESTS_PER_LOOK + (number * 31 + look * 17) % 9))
        for name in ("stot", "lbtot", "hrsp_2xx", "req_tot"):
            if field[column[name]]:
                field[column[name]] = requests
        # None at the first look, which is also that after a restart: a real one begins at zero.
        field[column["hrsp_5xx"]] = str((number * 5 % 97 + look) // 97)
        field[column["scur"]] = str((number * 7 + look * 3) % 5)
        if field[column["type"]] != "0":
            for name, base in (("rtime", 20), ("ctime", 1), ("ttime", 30), ("qtime", 0)):
                field[column[name]] = str(base + (number * 13 + look * 5 + base) % 17)
        lines[number] = ",".join(field)
    return "\n".join(lines).encode()


async def serve(folder: Path, count: int, answers: Sequence[bytes]) -> None:
    """Until ended. The n-th look at a load balancer gets the n-th answer; then they begin again, as after a restart."""
    looks = [0] * count

    def handler(number: int):  # type: ignore[no-untyped-def]
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # Who asks may not wait for the end.
            with suppress(ConnectionError):
                await reader.readline()
                writer.write(answers[looks[number] % len(answers)])
                looks[number] += 1
                await writer.drain()
            writer.close()

        return handle

    for number in range(count):
        await asyncio.start_unix_server(handler(number), str(folder / f"lb{number}.sock"))
    (folder / "ready").touch()
    await tell(folder, looks)


async def tell(folder: Path, looks: Sequence[int]) -> None:
    """Until ended: how many looks there were, in the file `looks`."""
    while True:
        (folder / "looks.new").write_text(str(sum(looks)))
        (folder / "looks.new").replace(folder / "looks")
        await asyncio.sleep(0.5)


class Simulated:
    """`count` load balancers of `servers` each in a process of their own; `configurations` are their files. `lines` are those that each
    nginx writes in ten seconds; where the clock is driven (`live` False) they are written by `look`."""

    def __init__(
        self, folder: Path, count: int, servers: int, answers: int, product: str = "haproxy", lines: int = 1000, live: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._count, self._servers, self._lines, self._chance = folder, count, servers, lines, random.Random(2)
        self.configurations: list[str] = []
        self._logs = [folder / f"lb{number}.log" for number in range(count)] if product == "nginx" else []
        for number in range(count):
            socket = str(folder / f"lb{number}.sock")
            if product == "haproxy":
                file, text = folder / f"lb{number}.cfg", configuration(servers, folder, socket)
            elif product == "envoy":
                file, text = folder / f"lb{number}.json", simulated_envoy.configuration(servers, folder, socket)
            else:
                file, text = folder / f"lb{number}.conf", simulated_nginx.configuration(servers, folder, str(self._logs[number]))
                self._logs[number].touch()
            file.write_text(text)
            self.configurations.append(str(file))
        if product == "haproxy":
            first = asyncio.run(recorded(servers, folder))
            for look in range(answers):
                (folder / f"answer-{look:04}.txt").write_bytes(advanced(first, look))
        elif product == "envoy":
            simulated_envoy.record(folder, servers, answers)
        module = "simulated" if product == "haproxy" else f"simulated_{product}"
        more = [str(servers), str(lines)] if product == "nginx" else []
        self._process: subprocess.Popen[bytes] | None = None
        if product != "nginx" or live:
            command = [sys.executable, "-m", f"benchmarks.{module}", str(folder), str(count), *more]
            self._process = subprocess.Popen(command)
            while not (folder / "ready").exists():
                assert self._process.poll() is None, f"{' '.join(command)} ended with {self._process.returncode}"
                time.sleep(0.05)

    def look(self) -> None:
        """Ten seconds pass: logs grow."""
        for log in self._logs:
            simulated_nginx.grow(log, self._servers, self._lines, self._chance)

    @property
    def looks(self) -> int | None:
        """How often they were looked at so far; None where that is not seen, as a log does not tell who reads it."""
        told = self._folder / "looks"
        return int(told.read_text()) if told.exists() else None

    def close(self) -> None:
        """End them."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        place = Path(sys.argv[1])
        asyncio.run(serve(place, int(sys.argv[2]), [path.read_bytes() for path in sorted(place.glob("answer-*.txt"))]))
