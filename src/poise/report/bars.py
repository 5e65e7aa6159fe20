"""Bars and percentages in plain characters."""

from collections.abc import Sequence

BAR_CELLS = 30
EIGHTHS = " ▏▎▍▌▋▊▉"
LEVELS = "▁▂▃▄▅▆▇█"


def bar(share: float, cells: int = BAR_CELLS) -> str:
    """A bar of that many character cells for a share 0–1, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[part] if part else "")).ljust(cells)


def percent(ratio: float, width: int = 7) -> str:
    """A ratio as a percentage, right-aligned."""
    return f"{100 * ratio:.1f} %".rjust(width)


def sparkline(values: Sequence[float | None], most: float) -> str:
    """A cell for each value, from 0 to `most` in eight levels; a blank where nothing is known."""
    return "".join(" " if v is None else LEVELS[min(7, max(0, int(v / most * 8)))] if most > 0 else LEVELS[0] for v in values)
