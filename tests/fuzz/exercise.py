"""What one execution does with bytes: everything that `poise audit` does with a file, and what must hold whatever the bytes are."""

import json
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from types import ModuleType

from poise.model.audit import Audit, ReadFile
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Acceptance, Needs, Objectives, PoolNeeds
from poise.model.topology import Topology
from poise.report import findings_github, findings_json, findings_markdown, findings_sarif, findings_text
from poise.report.printable import printable
from poise.rules import RULES
from poise.rules.engine import judge
from poise.rules.ignore import silence

PRODUCTS = ("haproxy", "nginx", "envoy")
# An execution's time is measured so often.
REPEATED = 3
TODAY = date(2026, 11, 22)
_DECLARED = (
    PoolNeeds(),
    PoolNeeds("even", 0.4, 1, 800.0, 32, 40.0, True, False, True, 120.0, Objectives(0.999, 500.0)),
    PoolNeeds({"a": 2.0, "127.0.0.1:80": 0.0, "b": 1e-9}, 1.0, 0, 0.001, 1, 0.0, False, True, False, 0.0, Objectives(1.0, 0.0)),
    PoolNeeds({}, 0.0, 3, 1e12, 0, 1e9, sticky=True, idempotent=True),
)
# How it is judged, a number from 0 to 15, follows from the bytes: most executions go without what costs most.
_NEEDS = {0: 1, 1: 2, 2: 3, 8: 1, 9: 2}
# Nothing but the file itself is asked about.
PLAIN = 3
_ACCEPTED = (
    Acceptance("server-without-check", "ops", "internal", date(2027, 1, 1)),
    Acceptance("uneven-weights", "ops", "?", date(2020, 1, 1)),
)


@dataclass(frozen=True)
class Target:
    """One product to fuzz: its reader and the neighbours that its fuzzed files are judged beside."""

    product: str
    reader: ModuleType
    neighbours: tuple[Topology, ...]

    def __call__(self, data: bytes, kind: int | None = None) -> None:
        """Read, judge and report these bytes. Raises whatever is wrong with poise, never for what is wrong with the bytes.

        What is asked besides follows from `kind`, and that from the bytes: each way is tried, and a failure comes again with its file.
        """
        text, topology = self.read(data)
        file = str(self.reader.FILE)
        kind = zlib.crc32(data) // 16 % 16 if kind is None else kind
        declared = _DECLARED[_NEEDS.get(kind, 0)]
        needs = Needs({pool.name: declared for pool in topology.pools}, _ACCEPTED if kind == 7 else ())
        beside = self.neighbours if kind % 4 == 0 else ()
        judged = judge((topology, *beside), needs, None, TODAY, before=self.neighbours if kind % 4 == 1 else ())
        findings = silence(judged.findings, {file: text}, RULES.names)
        _placed(findings, topology.could_not, file, text, len(data))
        audit = Audit(
            findings,
            (ReadFile(topology.file, topology.product, topology.target),),
            topology.could_not,
            judged.accepted,
            ((file, text),),
        )
        _reported(audit, kind)

    def fuzz(self, data: bytes, judged: int) -> None:
        """Read these bytes; judge and report one of so many. Which one follows from the bytes."""
        if zlib.crc32(data) % judged == 0:
            self(data)
        else:
            self.read(data)

    def read(self, data: bytes) -> tuple[str, Topology]:
        """The text of these bytes and the topology in it; what could not be read stands within the file."""
        text = data.decode("utf-8", "surrogateescape")
        self.reader.recognised(text)
        topology: Topology = self.reader.read(text)
        _placed((), topology.could_not, str(self.reader.FILE), text, len(data))
        return text, topology


def _placed(findings: Iterable[Finding], could_not: Iterable[CouldNot], file: str, text: str, size: int) -> None:
    """Whatever is said stands within the file."""
    lines = text.count("\n") + text.count("\r") + 1
    for finding in findings:
        place: Location = finding.location
        if place.file == file:
            assert 1 <= place.line <= lines, f"{finding.rule} stands in line {place.line} of {lines}"
            assert place.column >= 1, f"{finding.rule} stands in column {place.column}"
            assert 0 <= place.start <= place.end <= size, f"{finding.rule} spans {place.start}..{place.end} of {size} bytes"
        assert finding.message and finding.why and finding.remedy, f"{finding.rule} says nothing"
    for entry in could_not:
        assert entry.reason, "a could-not without a reason"
        if entry.what == file:
            assert entry.line is None or 1 <= entry.line <= lines, f"a could-not in line {entry.line} of {lines}: {entry.reason}"


def _reported(audit: Audit, kind: int) -> None:
    json.dumps(findings_json.to_json(audit), allow_nan=False)
    findings_text.text(audit, colour=bool(kind % 2)).encode()
    if kind == 10:
        json.dumps(findings_sarif.to_sarif(audit), allow_nan=False)
    elif kind == 11:
        printable(findings_markdown.text(audit)).encode()
    elif kind == 12:
        printable(findings_github.text(audit)).encode()


def most_seconds(size: int) -> float:
    """Of processor time that an input of so many bytes may take: 2 s for each megabyte, but a second for any."""
    return max(1.0, 2.0 * size / 1e6)


def timed(whole: Target, data: bytes) -> float:
    """Seconds of processor time that an input takes to be read, judged and reported: the best of a few."""
    taken = []
    for _ in range(REPEATED):
        start = time.process_time()
        whole(data)
        taken.append(time.process_time() - start)
    return min(taken)


def target(product: str) -> Target:
    """The target for that product, its rules imported: the first execution is as fast as the others."""
    readers = {each: import_module(f"tests.fuzz.readers.{each}") for each in PRODUCTS if _there(each)}
    RULES.of(PRODUCTS)
    neighbours = tuple(reader.read(reader.NEIGHBOUR, f"neighbour.{reader.FILE}") for reader in readers.values())
    return Target(product, readers[product], neighbours)


def _there(product: str) -> bool:
    try:
        import_module(f"poise.balancers.{product}.syntax")
    except ModuleNotFoundError:
        return False
    return True
