"""Bars and percentages in plain characters."""

BAR_CELLS = 30
EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, cells: int = BAR_CELLS) -> str:
    """A bar of that many character cells for a share 0–1, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[part] if part else "")).ljust(cells)


def percent(ratio: float, width: int = 7) -> str:
    """A ratio as a percentage, right-aligned."""
    return f"{100 * ratio:.1f} %".rjust(width)
