"""Envoys that are not there: admin interfaces that answer as a real one did, its counters a look further each time.

python -m benchmarks.simulated_envoy FOLDER COUNT     serves what was recorded in FOLDER at FOLDER/lb0.sock …
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.envoy_looks import bootstrap
from poise.balancers.envoy.running import dump, statistics
from poise.balancers.http_fetch import fetch
from poise.lab.binaries import Envoy, find_envoy

REQUESTS_PER_LOOK = 40
_OF_ENDPOINT = re.compile(r"(::(rq_total|rq_success|cx_total|rq_active|cx_active)::)\d+$")
_OF_CLUSTER = re.compile(r"^(cluster\..*\.upstream_rq_(?:completed|total|2xx): )\d+$")
MASKED_FROM = 3000


def configuration(servers: int, folder: Path, socket: str) -> str:
    """A bootstrap of clusters of 20, its admin interface at that path."""
    made = json.loads(bootstrap(folder, servers))
    made["admin"]["address"]["pipe"]["path"] = socket
    return json.dumps(made, indent=1)


async def recorded(servers: int, folder: Path) -> Mapping[str, str]:
    """What a real Envoy of that size answers, by question."""
    found = find_envoy()
    if not isinstance(found, Envoy):
        raise SystemExit(f"{found.what}: {found.reason}")
    socket = f"{folder}/recorded.sock"
    file = folder / "recorded.json"
    file.write_text(configuration(servers, folder, socket))
    command = [found.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "off"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - before anything runs
    try:
        for _ in range(600):
            with suppress(OSError, ValueError):
                if (await fetch(socket, "/ready")).status == 200:
                    break
            await asyncio.sleep(0.1)
        questions = ("/clusters", statistics.QUESTION, *dump.questions(servers > MASKED_FROM))
        answers = {each: await fetch(socket, each) for each in questions}
        # What there is none of is answered 404, here as there.
        return {each: answer.body.decode() for each, answer in answers.items() if answer.status == 200}
    finally:
        process.kill()
        process.wait(10)


def advanced(answer: str, look: int) -> str:
    """The same answer that many looks later."""

    def moved(line: str, number: int) -> str:
        if found := _OF_ENDPOINT.search(line):
            requests = look * REQUESTS_PER_LOOK + (number * 31 + look * 17) % 9
            value = requests if found[2] in ("rq_total", "rq_success") else (number * 7 + look * 3) % 5
            return f"{line[: found.start()]}{found[1]}{value}"
        if found := _OF_CLUSTER.match(line):
            return f"{found[1]}{20 * (look * REQUESTS_PER_LOOK + (number + look * 17) % 9)}"
        return line

    return "\n".join(moved(line, number) for number, line in enumerate(answer.split("\n")))


async def serve(folder: Path, count: int, looks: Sequence[Mapping[str, str]]) -> None:
    """Until ended. The n-th look at one gets the n-th answers; then they begin again."""
    asked = [-1] * count

    def handler(number: int):  # type: ignore[no-untyped-def]
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                target = (await reader.readuntil(b"\r\n\r\n")).split(None, 2)[1].decode()
            except asyncio.IncompleteReadError:  # who asks did not wait
                writer.close()
                return
            asked[number] += target == "/clusters"
            found = looks[asked[number] % len(looks)].get(target)
            body = (found or "").encode()
            head = b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            writer.write(head % (404 if found is None else 200, len(body)) + body)
            with suppress(ConnectionError):
                await writer.drain()
            writer.close()

        return handle

    for number in range(count):
        await asyncio.start_unix_server(handler(number), str(folder / f"lb{number}.sock"))
    (folder / "ready").touch()
    while True:
        (folder / "looks.new").write_text(str(sum(asked) + count))
        (folder / "looks.new").replace(folder / "looks")
        await asyncio.sleep(0.5)


def record(folder: Path, servers: int, answers: int) -> None:
    """Write down what is answered at each look. What does not move is written once and taken from the first."""
    first = asyncio.run(recorded(servers, folder))
    for look in range(answers):
        made = {question: advanced(first[question], look) for question in ("/clusters", statistics.QUESTION)}
        (folder / f"answer-{look:04}.json").write_text(json.dumps({**first, **made}))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        place = Path(sys.argv[1])
        asyncio.run(serve(place, int(sys.argv[2]), [json.loads(path.read_text()) for path in sorted(place.glob("answer-*.json"))]))
