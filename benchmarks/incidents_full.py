"""A writer on a disk that fills up: what `python -m benchmarks.incidents full` runs where that disk is mounted."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from poise.incidents.log_event import entry
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main(disk: Path) -> bool:
    """Append until the disk is full, make room, and go on with the same open store; three times."""
    path, ballast = disk / "incidents.db", disk / "ballast"
    acknowledged: list[tuple[int, str]] = []
    with IncidentLog(path) as log:
        for turn in range(3):
            number, words = 0, ""
            try:
                while number < 100_000:
                    said = f"{turn} {number} " + "x" * 500
                    acknowledged.append((log.append("i", entry("note", NOW, NOW, "test", said)), said))
                    number += 1
                    if number == 20:
                        _fill(ballast)
            except StoreError as error:
                words = str(error)
            if not words:
                print("the disk was never full")
                return False
            ballast.unlink()
            said = f"{turn} there is room again"
            acknowledged.append((log.append("i", entry("note", NOW, NOW, "test", said)), said))
    with IncidentLog(path) as log:
        kept = [(seq, str(event.payload["text"])) for seq, event in log.numbered("i")]
    print(f"a disk of 4 MB was full three times; it was told so:\n  {words}")
    well = kept == acknowledged
    print(
        f"{len(acknowledged)} events were acknowledged, before and after; " + ("all are there, in order" if well else "NOT all are there")
    )
    return well


def _fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 4096)
                file.flush()
        except OSError:
            os.ftruncate(file.fileno(), max(0, ballast.stat().st_size - 64 * 1024))


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
