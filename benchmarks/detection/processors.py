"""How much of this machine's processors was in use since a moment, whoever used it: what a late alert is compared with."""

from pathlib import Path

# proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guest time is counted in user already.
_FIELDS, _IDLE = 8, (3, 4)


class Processors:
    """From now on."""

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._began = self._ticks()

    def busy(self) -> float:
        """The part that was not idle, 0 to 1."""
        passed = [now - then for now, then in zip(self._ticks(), self._began, strict=True)]
        return 1.0 - sum(passed[place] for place in _IDLE) / max(1, sum(passed))

    def _ticks(self) -> tuple[int, ...]:
        return tuple(map(int, self._stat.read_text().split("\n", 1)[0].split()[1 : 1 + _FIELDS]))
