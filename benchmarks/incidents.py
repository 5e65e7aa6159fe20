"""What the incidents' store keeps and how long it takes: a million events, writers that are killed, a disk that is full.

    python -m benchmarks.incidents                  all three
    python -m benchmarks.incidents size             one part

size: a store of so many events is filled, then asked as people ask it: `poise incident show`, `list` and `search` as commands, wall and
processor time with the start of Python; the same asked again and again by a process that stays, as the dashboard does. kills: so many
writers append at once, each to an incident of its own and to a shared one; kill -9 hits one after the other at random moments, and each is
followed by another. Then every event that was acknowledged must be there, as it was said, in order. full (needs root): a disk of 4 MB is
filled up while a writer appends; it must say so, and go on when there is room again.
"""

import argparse
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.measure import Command, in_turn, machine
from poise.incidents.log_event import LogEvent, entry, hypothesis_opened, observed_time, opened, said_in
from poise.store.incident_finder import IncidentFinder
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

START = datetime(2026, 1, 1, tzinfo=UTC)
PARTS = ("size", "kills", "full")
EVENTS_EACH, LONGEST = 100, 10_000
MOST_SHOW_SECONDS, MOST_SEARCH_SECONDS = 1.0, 0.2
SAID = "weights pool web app1 database latency network packets lost retry deploy rollback checkout provider queue timeout disk shift"
WORDS = tuple(SAID.split(" "))


def main() -> None:
    """Run and print; 1 where something was lost, or took too long."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.incidents", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--events", type=int, default=1_000_000, help="of `size`")
    parser.add_argument("--writers", type=int, default=20, help="of `kills`")
    parser.add_argument("--kills", type=int, default=200, help="of `kills`")
    parser.add_argument("--seed", type=int, default=1, help="of `kills`: which moments")
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}\n")
    well = True
    with tempfile.TemporaryDirectory(prefix="poise-incidents-") as name:
        for part in given.part or PARTS:
            if part == "size":
                well &= size(Path(name) / "size.db", given.events)
            elif part == "kills":
                well &= kills(Path(name) / "kills.db", given.writers, given.kills, given.seed)
            else:
                well &= full(Path(name))
    sys.exit(0 if well else 1)


# ── size ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def size(path: Path, events: int) -> bool:
    """Fill and ask."""
    longest = min(LONGEST, events // 2)
    began = time.perf_counter()
    fill(path, events, longest)
    megabytes = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) / 1e6
    print(f"{events:,} events in {(events - longest) // EVENTS_EACH + 1:,} incidents, one of {longest:,}: {megabytes:,.0f} MB, ", end="")
    print(f"filled in {time.perf_counter() - began:.0f} s")
    poise, here = [str(Path(sys.executable).with_name("poise")), "incident"], {"POISE_STORE": str(path)}
    asked = {
        "show, an incident of 100 events": ["show", "incident-000007"],
        f"show, the incident of {longest:,} events": ["show", "longest"],
        "search, a rare word": ["search", "unique77"],
        "search, a word of every fourth event": ["search", "weights"],
        "list, the first time": ["list"],
    }
    figures = in_turn([Command(name, [*poise, *words], here) for name, words in asked.items()], 3)
    print("\nas a command, with the start of Python     wall s  processor s")
    for name, figure in zip(asked, figures, strict=True):
        print(f"  {name:40} {figure.wall:6.2f} {figure.cpu:6.2f}")
    print("\nasked of a process that stays, median of 20         wall ms  processor ms")
    with IncidentFinder(path) as log:
        answers: dict[str, Callable[[], object]] = {
            "search, a rare word": lambda: log.search("unique77"),
            "search, a word of every fourth event": lambda: log.search("weights"),
            "search, three such words at once": lambda: log.search("weights database latency"),
            "search, a beginning that nearly all events have": lambda: log.search("uniq*"),
            "search, a word that nobody said": lambda: log.search("nobody"),
            "the newest 100 lines": lambda: log.summaries(100),
            "append": lambda: log.append("incident-000007", entry("note", START, START, "on call", "it goes on")),
        }
        took = {name: _median(answer) for name, answer in answers.items()}
    for name, (wall, processor) in took.items():
        print(f"  {name:48} {wall * 1e3:8.1f} {processor * 1e3:8.1f}")
    # What else the machine does is not counted.
    shown = max(f.cpu for name, f in zip(asked, figures, strict=True) if name.startswith("show"))
    searched = max(processor for name, (_, processor) in took.items() if name.startswith("search"))
    print(f"\nshow takes {shown:.2f} s of processor at most (asked: {MOST_SHOW_SECONDS:g}), ", end="")
    print(f"a search {searched:.3f} s of it (asked: {MOST_SEARCH_SECONDS:g})\n")
    return shown < MOST_SHOW_SECONDS and searched < MOST_SEARCH_SECONDS


def fill(path: Path, events: int, longest: int) -> None:
    """The rows that `append` would write, without a wait for the disk after each."""
    IncidentLog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        rows, said = [], []
        for seq, (name, event) in enumerate(story(events, longest), 1):
            payload = json.dumps(dict(event.payload))
            rows.append((seq, name, event.kind, event.at.isoformat(), event.recorded_at.isoformat(), event.source, payload))
            said.append((seq, said_in(event.source, event.payload)))
            if len(rows) == 50_000 or seq == events:
                connection.executemany(
                    "INSERT INTO event (seq, incident_id, kind, at, recorded_at, source, payload) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
                )
                connection.executemany("INSERT INTO event_search (rowid, said) VALUES (?, ?)", said)
                rows, said = [], []
    connection.close()


def story(events: int, longest: int) -> Iterator[tuple[str, LogEvent]]:
    """Incidents of EVENTS_EACH events that open, have hypotheses and lines, and end; the first one is the longest."""
    chance = random.Random(1)
    left, number = events, 0
    while left > 0:
        many, name = (longest, "longest") if number == 0 else (min(EVENTS_EACH, left), f"incident-{number:06}")
        at = START + timedelta(minutes=number * 10)
        for place in range(many):
            moment = at + timedelta(seconds=place)
            words = f"{' '.join(chance.choices(WORDS, k=8))} unique{events - left + place}"
            if place == 0:
                yield name, opened(moment, moment, "poise watch", words, "error", origin="alert")
            elif place in (1, many - 1):
                yield name, observed_time("detected" if place == 1 else "resolved", moment, moment, "poise")
            elif place % 20 == 2:
                yield name, hypothesis_opened(f"h{place}", words, "database", moment, moment, "on call")
            else:
                yield name, entry("note", moment, moment, "on call", words)
        left -= many
        number += 1


def _median(answer: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of processor time."""
    answer()
    walls, processors = [], []
    for _ in range(20):
        wall, processor = time.perf_counter(), time.process_time()
        answer()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return median(walls), median(processors)


# ── kills ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Writer:
    """A process that appends, and what it acknowledged: by incident, sequence number and text."""

    name: str
    process: int
    pipe: int
    heard: bytes = b""
    acknowledged: list[tuple[str, int, str]] = field(default_factory=list)

    def read(self) -> None:
        """What it said since; a line that was torn by the kill was not acknowledged."""
        # Without a wait: the moment of the next kill must not depend on who is slow.
        while select.select([self.pipe], [], [], 0)[0] and (chunk := os.read(self.pipe, 65536)):
            self.heard += chunk
        *lines, self.heard = self.heard.split(b"\n")
        for each in lines:
            incident, seq, said = each.decode().split("\t")
            self.acknowledged.append((incident, int(seq), said))


def kills(path: Path, writers: int, count: int, seed: int) -> bool:
    """Kill, and look at what is left."""
    IncidentLog(path).close()
    chance, began = random.Random(seed), time.monotonic()
    living = [begin(path, f"writer {number}") for number in range(writers)]
    ended: list[Writer] = []
    try:
        while len(ended) < count:
            time.sleep(chance.uniform(0.0, 0.2))
            for each in living:
                each.read()
            victim = living.pop(chance.randrange(len(living)))
            os.kill(victim.process, signal.SIGKILL)
            ended.append(_over(victim))
            living.append(begin(path, f"writer {writers - 1 + len(ended)}"))
    finally:
        for each in living:
            os.kill(each.process, signal.SIGKILL)
            ended.append(_over(each))
    problems = looked_at(path, ended)
    kept = sum(len(each.acknowledged) for each in ended)
    print(f"{count} kills among {writers} writers in {time.monotonic() - began:.0f} s, and {writers} more at the end (seed {seed}):")
    print(f"{kept:,} events were acknowledged by {sum(1 for e in ended if e.acknowledged)} writers; ", end="")
    print("every one is there, in order; the file is whole\n" if not problems else "\n".join(["NOT WELL", *problems[:20], ""]))
    return not problems and kept > 0


def begin(path: Path, name: str) -> Writer:
    """A child of this process, so that it need not wait for Python to start."""
    out, into = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.close(out)
            write(path, name, into)
            code = 0
        finally:
            os._exit(code)
    os.close(into)
    return Writer(name, process, out)


def write(path: Path, name: str, into: int) -> None:
    """Append until killed; what returned is acknowledged on the pipe."""
    with IncidentLog(path) as log:
        for number in range(10**9):
            incident = name if number % 2 == 0 else "shared"
            said = f"{name} {number}"
            seq = None
            while seq is None:
                # Where twenty write without a pause on a busy machine the wait for the lock may end: it is told, and nothing was kept.
                with suppress(StoreError):
                    seq = log.append(incident, entry("note", START, START, name, said))
            os.write(into, f"{incident}\t{seq}\t{said}\n".encode())


def _over(writer: Writer) -> Writer:
    os.waitpid(writer.process, 0)
    writer.read()
    os.close(writer.pipe)
    return writer


def looked_at(path: Path, ended: list[Writer]) -> list[str]:
    """What is wrong with what was kept; nothing if all is well."""
    problems = []
    with sqlite3.connect(path) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            problems.append(f"integrity_check says {said}")
        connection.execute("INSERT INTO event_search (event_search) VALUES ('integrity-check')")
    connection.close()
    with IncidentLog(path) as log:
        kept = {name: log.numbered(name) for name in ("shared", *(each.name for each in ended))}
    text = {(name, seq): str(event.payload["text"]) for name, events in kept.items() for seq, event in events}
    for each in ended:
        for incident, seq, said in each.acknowledged:
            if text.get((incident, seq)) != said:
                problems.append(f"{incident} {seq}: {said!r} was acknowledged, {text.get((incident, seq))!r} is there")
        numbers = [seq for _, seq, _ in each.acknowledged]
        if numbers != sorted(numbers):
            problems.append(f"{each.name} was given numbers out of order")
        mine = [event for name in (each.name, "shared") for seq, event in kept[name] if event.source == each.name]
        told = sorted(int(str(event.payload["text"]).rpartition(" ")[2]) for event in mine)
        # One that was on stable storage when the kill came before it was acknowledged.
        if told != list(range(len(told))) or len(told) - len(each.acknowledged) not in (0, 1):
            problems.append(f"{each.name} acknowledged {len(each.acknowledged)} events, {len(told)} are there: {told[-3:]}")
    return problems


# ── full ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def full(folder: Path) -> bool:
    """In a mount namespace of its own, whose disk goes with it."""
    disk = folder / "disk"
    disk.mkdir()
    words = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" -m benchmarks.incidents_full "$1"', "sh"]
    done = subprocess.run([*words, str(disk), sys.executable], capture_output=True, text=True, check=False)
    print(done.stdout or f"a full disk was not tried: {done.stderr.strip()}")
    return done.returncode == 0


if __name__ == "__main__":
    main()
