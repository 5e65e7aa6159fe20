"""What clients feel, second by second, from the file that the load generator writes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from poise.drills.events import Second


class Clients:
    """Reads what was added since the last call. Totals go on where the generator was started again and counts from nought."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._rest = path, 0, ""
        self._base = (0.0, 0.0)
        self._last = (0.0, 0.0)

    def read(self) -> Sequence[Second]:
        """The seconds that ended since, the oldest first. OSError if the file cannot be read."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except FileNotFoundError:
            return ()
        self._offset += len(added)
        *lines, self._rest = (self._rest + added.decode(errors="replace")).split("\n")
        blocks: dict[str, dict[str, float]] = {}
        for line in lines:
            stamp, _, rest = line.partition(",")
            component, _, pair = rest.partition(",")
            metric, _, value = pair.partition(",")
            if component == "client":
                blocks.setdefault(stamp, {})[metric] = float(value)
        return tuple(self._second(stamp, block) for stamp, block in blocks.items())

    def _second(self, stamp: str, block: dict[str, float]) -> Second:
        now = (block.get("requests_total", 0.0), block.get("failures_total", 0.0))
        if now[0] < self._last[0]:
            self._base = (self._base[0] + self._last[0], self._base[1] + self._last[1])
        self._last = now
        at = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
        return Second(
            at, self._base[0] + now[0], self._base[1] + now[1], block.get("success_ratio"), block.get("p50_ms"), block.get("p99_ms")
        )
